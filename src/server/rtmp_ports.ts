import { HostRates } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { TunnelledFactory } from "../net/mod.ts";
import { Movies, RtmpListener, RtmpSession } from "../protocols/rtmp/mod.ts";
import { movieFaults } from "./config_faults.ts";
import type { Parts } from "./parts.ts";
import { proxyTrust } from "./proxy_trust.ts";

/**
 * Opens RTMP and RTMPS.
 * @param policy answers clients of Flash that ask for one
 * @returns what makes sessions of RTMP in WebSocket frames and through HTTP requests
 */
export function openRtmp(
  { config, logger }: ServerOptions,
  { hub, objects, scheduler, ports }: Parts,
  policy: string | undefined,
): TunnelledFactory {
  const { clock } = hub;
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
  for (const fault of movieFaults(config)) logger("server").error(fault);
  const settings = config.RTMP;
  const session = { hub, objects, settings, movies };
  const proxies = proxyTrust(config)?.proxies;
  const rtmp = { ...session, clock, hostname: config.bind, proxies, scheduler, policy };
  ports.open(
    { section: "RTMP", transport: "TCP", ...config.RTMP },
    (given) => new RtmpListener({ ...rtmp, ...given, keyings }),
  );
  ports.open(
    { section: "RTMPS", transport: "TCP", ...config.RTMPS },
    (given) => new RtmpListener({ ...rtmp, ...given }),
  );
  return (output, peer, input) =>
    new RtmpSession({
      ...session,
      output,
      input,
      turns: scheduler.turns,
      log: logger(peer.transport.toLowerCase()).child(peer.address),
      ...peer,
      keyings,
      now: clock.now(),
    });
}
