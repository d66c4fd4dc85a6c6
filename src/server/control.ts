import {
  Control,
  type ControlParts,
  controlRoutes,
  type Health,
  History,
  loadOf,
  type LoopDelay,
  TimedBans,
} from "../admin/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Cluster } from "../cluster/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { RtmpRelay } from "../protocols/rtmp/mod.ts";
import type { Recorder } from "../recordings/mod.ts";
import type { LiveSettings } from "./live_settings.ts";
import type { RunningScripts } from "./scripts.ts";
import { usage } from "./server_metrics.ts";
import type { Watch } from "./watch.ts";

/** Milliseconds between two times that the other servers are told what this one does. */
const LOAD_INTERVAL = 10_000;

/** The parts of the server that operators look at and act on. */
export interface ControlledServer {
  readonly hub: Hub;
  readonly cluster: Cluster;
  readonly scripts: RunningScripts;
  readonly relays: () => readonly RtmpRelay[];
  readonly recorder: Recorder;
  readonly settings: LiveSettings;
  readonly watch: Watch;
  readonly health: Health;
  readonly loopDelay: LoopDelay;
  /** Name or address that clients are told; empty for none. */
  readonly host: string;
}

/** The control interface, and what it keeps. */
export interface RunningControl {
  readonly control: Control;
  close(): void;
}

/** Makes the control interface of a server. */
export function makeControl(options: ServerOptions, parts: ControlledServer): RunningControl {
  const { config, logger, log, version } = options;
  const { hub, cluster, scripts, relays, recorder, settings, watch, health, loopDelay, host } =
    parts;
  const { counts, events, refusals, lines } = watch;
  const history = new History({ hub, counts, loopDelay, usage });
  const bans = new TimedBans(hub.bans, hub.clock);
  const loads = hub.clock.every(LOAD_INTERVAL, () => {
    if (cluster.servers.count > 0) cluster.tellLoad(loadOf(hub, history));
  });
  const { operator } = scripts;
  operator.errors.onError = (application, error) => events.add("error", { application, ...error });
  const routes = controlRoutes({
    hub,
    server: {
      version,
      deno: Deno.version.deno,
      host,
      usage,
      hasConsole: () => config.admin.console,
    },
    counts,
    history,
    health,
    events,
    bans,
    refusals,
    log: {
      get level() {
        return log?.level ?? config.logs.level;
      },
      set level(level) {
        if (log !== undefined) log.level = level;
      },
      lines,
    },
    scripts: controlledScripts(scripts),
    cluster,
    relays,
    recordings: recorder,
    settings,
  });
  const control = new Control({
    routes,
    version,
    clock: hub.clock,
    audit: logger("audit"),
    events,
  });
  return {
    control,
    close() {
      loads.cancel();
      history.close();
      bans.close();
    },
  };
}

function controlledScripts(scripts: RunningScripts): ControlParts["scripts"] {
  const { operator, memoryLimit } = scripts;
  return {
    memoryLimit,
    get memory() {
      return scripts.memory;
    },
    get errors() {
      return scripts.errors;
    },
    list: () => operator.list(),
    newestErrors: () => operator.errors.newest(),
    restart: (path) => operator.restart(path),
    call: (path, name, args) => operator.call(path, name, args),
    evaluate: (path, source) => operator.evaluate(path, source),
    files: (path) => operator.files(path),
    read: (path, file) => operator.read(path, file),
  };
}
