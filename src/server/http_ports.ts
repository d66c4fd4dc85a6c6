import { browserScripts } from "../assets/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { TunnelledFactory } from "../net/mod.ts";
import { HttpListener } from "../protocols/http/mod.ts";
import { WebSockets } from "../protocols/websocket/mod.ts";
import type { Recorder } from "../recordings/mod.ts";
import { withCrossDomain } from "./flash_policy.ts";
import { makeHls } from "./hls_store.ts";
import { httpResources } from "./http_resources.ts";
import type { Parts } from "./parts.ts";
import type { GivenPort } from "./ports.ts";
import { proxyTrust } from "./proxy_trust.ts";

/** Port of HTTP when the settings name none and port 80 cannot be opened. */
const HTTP_FALLBACK_PORT = 8080;

/** What answers on the ports of HTTP. */
export interface RunningHttp {
  /** Settings of HTTP and of WebSockets, which change in place. */
  readonly settings: object;
  readonly socketSettings: object;
  /** Ends HTTP Live Streaming; resolves when nothing of it is left on the disk. */
  close(): Promise<void>;
}

/**
 * Opens HTTP and HTTPS, with WebSockets and HLS.
 * @param rtmp makes sessions of RTMP that is tunnelled
 */
export function openHttp(
  options: ServerOptions,
  { hub, objects, scheduler, ports }: Parts,
  rtmp: TunnelledFactory,
  recorder: Recorder,
): RunningHttp {
  const { config, places, logger } = options;
  const { clock } = hub;
  const { turns } = scheduler;
  const { maxText } = config.lua;
  const settings = { ...config.HTTP, maxText };
  const socketSettings = { ...config.WebSocket, maxText };
  const hls = makeHls(options, hub);
  const log = logger("websocket");
  const resources = {
    hub,
    hls,
    clock,
    turns,
    settings,
    rtmp,
    tunnelRate: config.limits.tunnels,
    sockets: new WebSockets({ hub, objects, log, settings: socketSettings, rtmp, turns }),
    films: recorder.films,
    www: places.www,
    assets: withCrossDomain(browserScripts, config.HTTP.crossOrigin),
  };
  const trust = proxyTrust(config);
  const listen = (given: GivenPort) =>
    new HttpListener({
      hub,
      clock,
      hostname: config.bind,
      ...given,
      scheduler,
      settings,
      trust,
      resources: httpResources({ ...resources, log: given.log }),
    });
  const fallback = config.isSet("HTTP.port") ? {} : { fallback: HTTP_FALLBACK_PORT };
  ports.open({ section: "HTTP", transport: "TCP", ...config.HTTP, ...fallback }, listen);
  ports.open({ section: "HTTPS", transport: "TCP", ...config.HTTPS }, listen);
  return { settings, socketSettings, close: async () => await hls?.close() };
}
