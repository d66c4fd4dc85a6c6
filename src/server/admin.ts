import { join } from "node:path";
import { Access, AdminPages, Health, LoopDelay } from "../admin/mod.ts";
import { dashboardPage } from "../assets/mod.ts";
import { errorText, type Metered, type MetricSource } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Cluster } from "../cluster/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { terminal } from "../logs/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import { HttpListener, type HttpSettings } from "../protocols/http/mod.ts";
import { keepToken } from "./admin_token.ts";
import { makeControl } from "./control.ts";
import { Ports } from "./ports.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { Recorder } from "../recordings/mod.ts";
import type { RtmpRelay } from "../protocols/rtmp/mod.ts";
import type { RunningScripts } from "./scripts.ts";
import { serverMetrics } from "./server_metrics.ts";
import type { Watch } from "./watch.ts";

/** What is asked about, and what is needed to answer. */
export interface AdminOptions {
  readonly hub: Hub;
  readonly scheduler: WriteScheduler;
  readonly ports: Ports;
  readonly scripts: RunningScripts;
  readonly cluster: Cluster;
  readonly relays: () => readonly RtmpRelay[];
  readonly recorder: Recorder;
  readonly settings: LiveSettings;
  /** What was kept since before the first client. */
  readonly watch: Watch;
  /** Rooms that keep counters, beside those above. */
  readonly metered: readonly Metered[];
  /** By which this server is asked, beside its address. */
  readonly names: readonly string[];
  readonly isStopping: () => boolean;
}

/** The admin port. */
export interface RunningAdmin {
  /** The server must not go on without it. */
  readonly isFatal: boolean;
  close(): Promise<void>;
}

/** Opens the admin port; without a token it stays shut. */
export function openAdmin(options: ServerOptions, parts: AdminOptions): RunningAdmin {
  const { config, places, logger, version } = options;
  const { hub, scheduler, ports, scripts, cluster, watch, isStopping } = parts;
  const { clock } = hub;
  const log = logger("admin");
  const { bind, port } = config.admin;
  let token = config.admin.token;
  try {
    if (token === "") token = madeToken(places.data, (text) => log.note(text));
    options.hide?.([token]);
  } catch (error) {
    log.error(`admin is off: its token cannot be stored: ${errorText(error)}; set [admin] token`);
    const close = () => {
      watch.close();
      return Promise.resolve();
    };
    return { isFatal: config.portFault === "exit", close };
  }
  const loopDelay = new LoopDelay(clock);
  const health = new Health(clock, {
    running: () => !isStopping(),
    ports: () => ports.isComplete,
    scripts: () => scripts.isStarted,
    broker: () => cluster.isMember !== false,
    disk: () => scripts.isDataKept && isWritable(places.data),
  });
  const metrics = [
    serverMetrics(hub, version),
    ...[ports, watch.counts, scripts, cluster, loopDelay, ...parts.metered].map(sourceOf),
  ];
  const names = [bind, ...parts.names];
  const host = parts.names[0] ?? "";
  const control = makeControl(options, { ...parts, health, loopDelay, host });
  const pages = new AdminPages({
    access: new Access({ token, names }),
    health,
    metrics,
    control: control.control,
    page: dashboardPage,
    conceal: (text) => options.log?.conceal(text) ?? text,
  });
  // Nothing here is for pages of other origins; what takes a body bounds it.
  const settings: HttpSettings = {
    ...config.HTTP,
    maxText: config.lua.maxText,
    crossOrigin: "",
    maxBody: 0,
  };
  const own = new Ports({
    log: logger("server"),
    logger,
    clock,
    bind,
    folder: places.dir,
    onFault: config.portFault,
    onOpen: () => {},
  });
  own.open(
    { section: "admin", transport: "TCP", port },
    (given) =>
      new HttpListener({
        ...given,
        hostname: bind,
        clock,
        scheduler,
        settings,
        resources: [pages],
      }),
  );
  return {
    isFatal: config.portFault === "exit" && own.isFatal,
    async close() {
      loopDelay.close();
      control.close();
      watch.close();
      await own.close();
    },
  };
}

function sourceOf(metered: Metered): MetricSource {
  return () => metered.metrics();
}

/** The token of the data folder. A new one is shown once, to the person who looks, and to no log. */
function madeToken(folder: string, note: (text: string) => void): string {
  const { token, file, isNew } = keepToken(folder);
  if (isNew) {
    note(`made an admin token, kept in ${file}`);
    if (Deno.stdout.isTerminal()) terminal().write(`[admin] token: ${token}\n`);
  }
  return token;
}

/** Whether a file can be made in the folder, and filled. */
async function isWritable(folder: string): Promise<boolean> {
  await Deno.mkdir(folder, { recursive: true });
  const file = join(folder, ".writable");
  await Deno.writeTextFile(file, "The disk takes this.\n");
  await Deno.remove(file);
  return true;
}
