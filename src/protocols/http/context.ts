import type { Clock } from "../../base/mod.ts";
import type { Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Turns } from "../../net/mod.ts";
import type { ProxyTrust } from "./forwarded.ts";
import type { HttpSettings } from "./params.ts";
import type { Resource } from "./resource.ts";

/** What all sessions of a listener share. */
export interface HttpContext {
  /** Undefined for a listener whose resources need no client. */
  readonly hub: Hub | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: HttpSettings;
  /** What answers, in order. */
  readonly resources: readonly Resource[];
  /** Whose word is taken for where requests come from. */
  readonly trust?: ProxyTrust | undefined;
  /** When requests that had to wait are worked off. */
  readonly turns?: Turns;
  /** The time of day as the Date header has it. */
  date(): string;
}

/** What the resources of applications work with. */
export interface ApplicationContext {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: HttpSettings;
}
