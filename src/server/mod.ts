/** The server as a whole: the only room that knows all the others. */
import { systemClock } from "../base/mod.ts";
import type { RunningServer, ServerOptions } from "../cli/mod.ts";
import { announcedHost } from "../config/mod.ts";
import { SharedObjects } from "../flash/mod.ts";
import { Hub } from "../hub/mod.ts";
import { WriteScheduler } from "../net/mod.ts";
import { DataStore, KeptObjects } from "../services/mod.ts";
import { guardApplications } from "./access.ts";
import { openAdmin } from "./admin.ts";
import { Announced } from "./announced.ts";
import { applySettings, creationRates, liveRules } from "./apply_settings.ts";
import { makeCluster, openServers } from "./cluster.ts";
import { EventLog } from "./event_log.ts";
import { openPolicy, POLICY, readPolicy } from "./flash_policy.ts";
import { makeGroupMember } from "./group_member.ts";
import { openHttp } from "./http_ports.ts";
import { LiveSettings } from "./live_settings.ts";
import { openNativePath } from "./native_path.ts";
import { Ports } from "./ports.ts";
import { makeRecorder } from "./recorder.ts";
import { Relays } from "./relays.ts";
import { openRtmfp } from "./rtmfp_port.ts";
import { openRtmp } from "./rtmp_ports.ts";
import { startScripts } from "./scripts.ts";
import { watchServer } from "./watch.ts";

export { configFaults } from "./config_faults.ts";
export { checkScriptNames } from "./script_names.ts";

/** Milliseconds between two looks at the rates of publications. */
const SAMPLE_INTERVAL = 2_000;

/** Wires the rooms and starts them. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, places, logger } = options;
  const log = logger("server");
  const clock = systemClock;
  const datagramCalls = await openNativePath(config, log);
  const announced = new Announced(announcedHost(config));
  const { promise: stopped, resolve } = Promise.withResolvers<number>();

  const inputs = { address: config.limits.addressInput, all: config.limits.input };
  const { names, instances } = config.live;
  const hub = new Hub({
    clock,
    names,
    instances,
    ...liveRules(config),
    rates: creationRates(config),
    inputs,
  });
  hub.observers.add(new EventLog(clock, logger));
  const watch = watchServer(options, hub);
  const scheduler = new WriteScheduler(clock, config.RTMP.mergeWindow);

  const data = DataStore.open({ directory: places.data, clock, log: logger("data") });
  const objects = makeObjects(options, hub, data);
  const recorder = makeRecorder(options, hub);
  const cluster = makeCluster(options, { hub, objects, scheduler }, announced.host);
  const groupMember = makeGroupMember(options, hub, scheduler.turns, announced, datagramCalls);
  const scripts = startScripts(options, {
    hub,
    objects,
    data,
    scheduler,
    cluster,
    recorder,
    groupMember,
    host: announcedHost(config),
    // Later: a script that calls it while it is loaded does so before there is all to be stopped.
    exit: (code) => clock.after(0, () => stop(code)),
  });
  const access = guardApplications(options, hub, cluster.name);

  const ports = new Ports({
    log,
    logger,
    clock,
    bind: config.bind,
    folder: places.dir,
    onFault: config.portFault,
    onOpen: () => {
      for (const [section, port] of announced.outside(ports.numbers)) {
        if (section === POLICY) continue;
        cluster.ports.set(section, port);
      }
    },
  });
  const parts = { hub, objects, scheduler, ports };
  const policy = readPolicy(options);
  const tunnelledRtmp = openRtmp(options, parts, policy);
  const rtmfp = openRtmfp(options, parts, announced, datagramCalls, groupMember);
  const http = openHttp(options, parts, tunnelledRtmp, recorder);
  if (policy !== undefined) openPolicy(options, parts, policy);
  openServers(options, ports, cluster);
  cluster.connect();

  const relays = new Relays(options, hub, scheduler);
  relays.renew(config);
  const users = { hub, http: http.settings, sockets: http.socketSettings, access, relays };
  const settings = new LiveSettings({
    config,
    source: options.source,
    clock,
    log: logger("config"),
    hide: options.hide,
    apply: (fresh, changed) => applySettings(options, users, fresh, changed),
  });

  const samples = clock.every(SAMPLE_INTERVAL, () => hub.sample());
  let stopping: Promise<void> | undefined;
  const admin = watch && openAdmin(options, {
    hub,
    scheduler,
    ports,
    scripts,
    cluster,
    relays: () => [...relays],
    recorder,
    settings,
    watch,
    metered: [rtmfp, ...(groupMember ? [groupMember] : []), relays, access, objects],
    names: announced.host === "" ? [] : [announced.host],
    isStopping: () => stopping !== undefined,
  });
  const stop = (code: number): Promise<void> => stopping ??= stopAll(code);
  const stopAll = async (code: number): Promise<void> => {
    await cluster.leave(config.cluster.moveTime);
    samples.cancel();
    access.close();
    await cluster.stop();
    settings.close();
    relays.close();
    await http.close();
    groupMember?.close();
    await ports.close();
    await scripts.stop();
    await recorder.close();
    await admin?.close();
    // What scripts sent last is written in this turn.
    await new Promise<void>((resume) => clock.after(0, resume));
    scheduler.close();
    resolve(code);
  };
  if (ports.isFatal || admin?.isFatal) {
    log.fatal(
      ports.numbers.size === 0 ? "no port could be opened" : "not every port could be opened",
    );
    void stop(1);
  } else {
    await ports.ready();
    log.note("started");
  }
  return { stop: () => stop(0), stopped, reload: (why) => settings.reload(why) };
}

/** Shared objects of all protocols, which `data` keeps. */
function makeObjects({ config, logger }: ServerOptions, hub: Hub, data: DataStore): SharedObjects {
  const log = logger("objects");
  return new SharedObjects({
    hub,
    clock: hub.clock,
    log,
    limits: config.sharedObjects,
    store: new KeptObjects(data, log),
  });
}
