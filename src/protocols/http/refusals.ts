import type { Refusal } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";

/** HTTP statuses of the reasons for a refusal. */
const STATUSES = {
  missing: 404,
  denied: 403,
  failed: 500,
  busy: 429,
  unknown: 401,
  unavailable: 503,
} as const;

/** The HTTP status that says why an application refused. */
export function statusOf(refusal: Refusal): number {
  return STATUSES[refusal.reason];
}

/** @param log that of the client; a client that is too fast would fill it */
export function logRefusal(log: Log, { message, reason }: Refusal): void {
  if (reason !== "busy") log.info(`refused: ${message}`);
}
