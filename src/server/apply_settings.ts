import type { Config } from "../config/mod.ts";
import type { CreationRates, Hub, LiveRules } from "../hub/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { RunningAccess } from "./access.ts";
import type { Relays } from "./relays.ts";

/** How streams treat their players. */
export function liveRules({ live, RTMP: { mergeWindow } }: Config): LiveRules {
  const { gop, videoLimit: video, audioLimit: audio, cutLimit: cut } = live;
  // A window joins sound and picture anyway: it begins with whatever comes first.
  const soundWait = mergeWindow > 0 ? 0 : live.soundWait;
  return { limits: { video, audio, cut }, gop, soundWait };
}

/** What clients may create in a second. */
export function creationRates({ limits }: Config): CreationRates {
  return { client: limits.clientRate, address: limits.addressRate };
}

/** Who holds copies of settings, which change with them. */
export interface SettingsUsers {
  readonly hub: Hub;
  /** Settings of protocols that are made from those of the ini. */
  readonly http: object;
  readonly sockets: object;
  readonly access: RunningAccess;
  readonly relays: Relays;
}

/**
 * Gives changed settings to those that hold copies; what reads the settings themselves has them.
 * @returns sections without keys whose change needs a restart
 */
export function applySettings(
  { config, log }: Pick<ServerOptions, "config" | "log">,
  { hub, http, sockets, access, relays }: SettingsUsers,
  fresh: Config,
): string[] {
  hub.rules = liveRules(config);
  hub.rates = creationRates(config);
  Object.assign(http, config.HTTP);
  Object.assign(sockets, config.WebSocket);
  if (log !== undefined) log.level = config.logs.level;
  relays.renew(fresh);
  return access.renew(fresh) ? [] : ["the first rules of [access]"];
}
