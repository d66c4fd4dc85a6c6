import { NOT_READING } from "../net/mod.ts";

/**
 * Why a client's connection ends:
 * - `left`: its own will;
 * - `kicked`, `banned`: an operator's, or a script's ban;
 * - `application`: a script closed it;
 * - `silent`: nothing came from it for too long;
 * - `behind`: it could not take what it was sent;
 * - `limits`: it asked for more than the settings allow;
 * - `protocol`: what it sent could not be read;
 * - `broken`: the network;
 * - `stopping`: the server stops.
 */
export const END_CAUSES = [
  "left",
  "kicked",
  "banned",
  "application",
  "silent",
  "behind",
  "limits",
  "protocol",
  "broken",
  "stopping",
] as const;

export type EndCause = typeof END_CAUSES[number];

/** The end of a client's connection. */
export interface Ending {
  readonly cause: EndCause;
  /** What a line of the log says of it; empty for one that left. */
  readonly reason: string;
}

/** The cause of a connection that broke, by what the network says of it. */
export function causeOf(reason: string): EndCause {
  return reason.startsWith(NOT_READING) ? "behind" : "broken";
}

export const LEFT: Ending = { cause: "left", reason: "" };
