import { type Action, signLink } from "../access/mod.ts";
import { systemClock } from "../base/mod.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";

/** A link that is wanted: for what, and for how long. */
export interface SignRequest {
  readonly action: Action;
  /** The name of a stream, or the path of an application or of a file. */
  readonly path: string;
  readonly seconds: number;
}

/** Prints the query of a signed link; gives the exit code. */
export function sign(
  { action, path, seconds }: SignRequest,
  { config, ini }: Settings,
  around: Surroundings,
): number {
  const { secret } = config.access;
  if (secret === "") {
    const where = ini === undefined ? "(there is no ini: name it by --config)" : `in ${ini}`;
    throw new Error(`access.secret is not set ${where}: links are signed by it`);
  }
  const expires = Math.floor(systemClock.epoch() / 1000) + seconds;
  around.out(`${signLink(secret, action, path, expires)}\n`);
  return 0;
}
