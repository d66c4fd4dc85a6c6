import { defaults } from "../../config/mod.ts";

/** Limits of shared objects: `[sharedObjects]` of the ini. */
export interface SharedObjectLimits {
  /** Objects of the server, used or stored. */
  readonly objects: number;
  /** Objects that one client uses at the same time. */
  readonly clientObjects: number;
  /** Slots of one object. */
  readonly slots: number;
  /** Bytes of one object: names and values. */
  readonly objectBytes: number;
  /** Bytes that are in all objects because one client set them. */
  readonly clientBytes: number;
  /** Bytes of all objects. */
  readonly bytes: number;
  /** Changes of one client in a second; 0 for any number. */
  readonly clientRate: number;
}

export const DEFAULT_LIMITS: SharedObjectLimits = defaults.sharedObjects;

/** Longest name of an object, in characters. */
export const MAX_OBJECT_NAME = 1_024;

/** Longest name of a slot or of a handler, in characters. */
export const MAX_SLOT_NAME = 1_024;

/** Events of one message: Flash sends the changes of one frame together. */
export const MAX_EVENTS = 16_384;

/** Bytes that a slot counts in addition to its name and its value. */
export const SLOT_SIZE = 32;

/** Bytes of a change that count as one more change. */
export const BYTES_PER_CHANGE = 4_096;

/** Seconds of its rate that a client may use at once. */
export const RATE_BURST = 4;

/** Bytes of the names of removed slots that an object remembers, for clients that come again. */
export const MAX_REMOVED_BYTES = 16_384;

/** A stored object begins this far behind its stored version: the last changes may be lost. */
export const VERSION_GAP = 16_384;
