import type { SharedObjects } from "../flash/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import type { Ports } from "./ports.ts";

/** What the ports of every protocol are wired to. */
export interface Parts {
  readonly hub: Hub;
  readonly objects: SharedObjects;
  readonly scheduler: WriteScheduler;
  readonly ports: Ports;
}
