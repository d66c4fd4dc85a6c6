import type { Level } from "../base/mod.ts";
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
  readonly access: Pick<RunningAccess, "renew">;
  readonly relays: Pick<Relays, "renew">;
}

/** The running settings, and the log that they name the level of. */
export interface AppliedOptions extends Pick<ServerOptions, "config"> {
  readonly log?: { level: Level };
}

/**
 * Gives changed settings to those that hold copies; what reads the settings themselves has them.
 * @param fresh what the sources say now
 * @param changed the keys that have other values now
 * @returns sections whose entries that are no keys need a restart
 */
export function applySettings(
  { config, log }: AppliedOptions,
  { hub, http, sockets, access, relays }: SettingsUsers,
  fresh: Config,
  changed: ReadonlySet<string>,
): string[] {
  hub.rules = liveRules(config);
  // Others have been counted by already.
  if (changed.has("limits.clientRate") || changed.has("limits.addressRate")) {
    hub.rates = creationRates(config);
  }
  Object.assign(http, config.HTTP);
  Object.assign(sockets, config.WebSocket);
  // An operator may have chosen another one.
  if (changed.has("logs.level") && log !== undefined) log.level = config.logs.level;
  relays.renew(fresh);
  return access.renew(fresh) ? ["record"] : ["record", "access"];
}
