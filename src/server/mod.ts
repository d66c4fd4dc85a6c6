/** The server as a whole: the only room that knows all the others. */
import { browserScripts } from "../assets/mod.ts";
import { HostRates, systemClock } from "../base/mod.ts";
import type { RunningServer, ServerOptions } from "../cli/mod.ts";
import { announcedHost } from "../config/mod.ts";
import { SharedObjects } from "../flash/mod.ts";
import { Hub } from "../hub/mod.ts";
import { bindUdp, type TunnelledFactory, WriteScheduler } from "../net/mod.ts";
import { Hls } from "../protocols/hls/mod.ts";
import { HttpListener } from "../protocols/http/mod.ts";
import { RtmfpListener } from "../protocols/rtmfp/mod.ts";
import { Movies, PolicyListener, RtmpListener, RtmpSession } from "../protocols/rtmp/mod.ts";
import { WebSockets } from "../protocols/websocket/mod.ts";
import { DataStore, KeptObjects } from "../services/mod.ts";
import { guardApplications } from "./access.ts";
import { Announced } from "./announced.ts";
import { applySettings, creationRates, liveRules } from "./apply_settings.ts";
import { movieFaults } from "./config_faults.ts";
import { makeCluster } from "./cluster.ts";
import { openAdmin } from "./admin.ts";
import { EventLog } from "./event_log.ts";
import { POLICY, readPolicy, withCrossDomain } from "./flash_policy.ts";
import { openNativePath } from "./native_path.ts";
import { type GivenPort, Ports } from "./ports.ts";
import { httpResources } from "./http_resources.ts";
import { makeRecorder } from "./recorder.ts";
import { LiveSettings } from "./live_settings.ts";
import { proxyTrust } from "./proxy_trust.ts";
import { Relays } from "./relays.ts";
import { startScripts } from "./scripts.ts";
import { watchServer } from "./watch.ts";

export { configFaults } from "./config_faults.ts";
export { checkScriptNames } from "./script_names.ts";

/** Milliseconds between two looks at the rates of publications. */
const SAMPLE_INTERVAL = 2_000;

/** Port of HTTP when the settings name none and port 80 cannot be opened. */
const HTTP_FALLBACK_PORT = 8080;

/** Wires the rooms and starts them. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, places, logger } = options;
  const log = logger("server");
  const clock = systemClock;
  const host = announcedHost(config);
  const senders = await openNativePath(config, log);
  const announced = new Announced(host);
  const { promise: stopped, resolve } = Promise.withResolvers<number>();

  const inputs = { address: config.limits.addressInput, all: config.limits.input };
  const { names } = config.live;
  const hub = new Hub({
    clock,
    names,
    ...liveRules(config),
    rates: creationRates(config),
    inputs,
  });
  hub.observers.add(new EventLog(clock, logger));
  const watch = watchServer(options, hub);
  const scheduler = new WriteScheduler(clock, config.RTMP.mergeWindow);
  const { turns } = scheduler;

  const data = DataStore.open({ directory: places.data, clock, log: logger("data") });
  const objectLog = logger("objects");
  const objects = new SharedObjects({
    hub,
    clock,
    log: objectLog,
    limits: config.sharedObjects,
    store: new KeptObjects(data, objectLog),
  });
  const recorder = makeRecorder(options, hub, clock);
  const cluster = makeCluster(options, announced.host, clock, scheduler, hub, objects);
  const scripts = startScripts(options, {
    hub,
    objects,
    data,
    clock,
    scheduler,
    cluster,
    recorder,
    host,
    // Later: a script that calls it while it is loaded does so before there is all to be stopped.
    exit: (code) => clock.after(0, () => stop(code)),
  });

  const access = guardApplications(options, { hub, clock, server: cluster.name });

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
  const trust = proxyTrust(config);
  const common = { hub, objects, clock, hostname: config.bind, proxies: trust?.proxies };
  const rtmpSettings = config.RTMP;
  const keyings = config.RTMP.encryption
    ? new HostRates(config.limits.handshakes, clock.now(), (perSecond, host) => {
      const log = logger("rtmp");
      const ofHost = host === undefined ? "" : " of one address";
      (host === undefined ? log : log.child(host)).warn(
        `encrypted handshakes refused: more than ${perSecond} a second${ofHost}, [limits] handshakes`,
      );
    })
    : undefined;
  const movies = config.RTMP.movies === "" ? undefined : new Movies(config.RTMP.movies);
  for (const fault of movieFaults(config)) log.error(fault);
  const policy = readPolicy(options);
  const rtmp = { ...common, scheduler, settings: rtmpSettings, policy, movies };
  ports.open(
    { section: "RTMP", transport: "TCP", ...config.RTMP },
    (given) => new RtmpListener({ ...rtmp, ...given, keyings }),
  );
  ports.open(
    { section: "RTMPS", transport: "TCP", ...config.RTMPS },
    (given) => new RtmpListener({ ...rtmp, ...given }),
  );
  let rtmfp: RtmfpListener | undefined;
  ports.open(
    { section: "RTMFP", transport: "UDP", ...config.RTMFP },
    ({ port, log }) =>
      rtmfp = new RtmfpListener({
        hub,
        objects,
        log,
        bind: (receive) =>
          bindUdp(
            { hostname: config.bind, port, turns, ...(senders ? { senders } : {}) },
            receive,
          ),
        turns,
        settings: {
          keepaliveServer: config.RTMFP.keepAliveServer,
          keepalivePeer: config.RTMFP.keepAlivePeer,
          longestDatagram: config.RTMFP.longestDatagram,
          handshakes: config.limits.handshakes,
          flows: config.limits.flows,
        },
        ...(host === "" ? {} : { publicAddress: announced.address(port) }),
      }),
  );
  /** RTMP in WebSocket frames and through HTTP requests. */
  const tunnelledRtmp: TunnelledFactory = (output, peer, input) =>
    new RtmpSession({
      hub,
      objects,
      output,
      input,
      turns: scheduler.turns,
      log: logger(peer.transport.toLowerCase()).child(peer.address),
      ...peer,
      settings: rtmpSettings,
      keyings,
      movies,
      now: clock.now(),
    });
  const httpSettings = { ...config.HTTP, maxText: config.lua.maxText };
  const socketSettings = { ...config.WebSocket, maxText: config.lua.maxText };
  const hls = config.hls.applications === "" ? undefined : new Hls(hub, config.hls);
  const http = {
    hub,
    hls,
    clock,
    turns: scheduler.turns,
    settings: httpSettings,
    rtmp: tunnelledRtmp,
    tunnelRate: config.limits.tunnels,
    sockets: new WebSockets({
      hub,
      objects,
      log: logger("websocket"),
      settings: socketSettings,
      rtmp: tunnelledRtmp,
      turns: scheduler.turns,
    }),
    films: recorder.films,
    www: places.www,
    assets: withCrossDomain(browserScripts, config.HTTP.crossOrigin),
  };
  const openHttp = (given: GivenPort) =>
    new HttpListener({
      ...common,
      ...given,
      scheduler,
      settings: httpSettings,
      trust,
      resources: httpResources({ ...http, log: given.log }),
    });
  const fallback = config.isSet("HTTP.port") ? {} : { fallback: HTTP_FALLBACK_PORT };
  ports.open(
    { section: "HTTP", transport: "TCP", ...config.HTTP, ...fallback },
    openHttp,
  );
  ports.open(
    { section: "HTTPS", transport: "TCP", ...config.HTTPS },
    openHttp,
  );

  if (policy !== undefined) {
    ports.open(
      { section: POLICY, transport: "TCP", port: config.flashPolicy.port },
      ({ port }) =>
        new PolicyListener({
          hostname: config.bind,
          port,
          clock,
          scheduler,
          gate: hub.bans,
          policy,
        }),
    );
  }

  const { certificate, key, port } = config.servers;
  ports.open(
    { section: "servers", transport: "TCP", port, certificate, key },
    ({ port, tls }) => {
      cluster.listen(config.bind, port, tls);
      const { ready } = cluster;
      return {
        ...(ready && { ready }),
        close: () => cluster.stop(),
        renew: (tls) => cluster.renew(tls),
      };
    },
  );
  cluster.connect();
  const relays = new Relays(options, hub, scheduler);
  relays.renew(config);
  const users = { hub, http: httpSettings, sockets: socketSettings, access, relays };
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
    metered: () => [rtmfp, relays, access, objects],
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
    hls?.close();
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
