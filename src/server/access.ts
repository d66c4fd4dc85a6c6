import { resolve } from "node:path";
import { Guard, guarded, Keys, readKeys, readRules } from "../access/mod.ts";
import { type Clock, errorText, type Timer } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";

/** Milliseconds between two looks at the file of keys. */
const CHECK_INTERVAL = 2_000;

/**
 * Puts the rules of `[access]`, if there are any, before the applications of the hub.
 * @returns what ends the watch over the file of keys
 */
export function guardApplications(
  { config, places, logger, hide }: ServerOptions,
  hub: Hub,
  clock: Clock,
): { cancel(): void } {
  const { rules } = readRules(config);
  if (rules.isEmpty) return { cancel: () => {} };
  const log = logger("access");
  const { keys, secret: linkSecret } = config.access;
  const guard = new Guard({ rules, linkSecret, clock, log });
  hub.handler = guarded(hub.handler, guard);
  if (keys === "") return { cancel: () => {} };
  const file = new KeysFile(resolve(places.dir, keys), guard, log, hide);
  file.look();
  const timer: Timer = clock.every(CHECK_INTERVAL, () => file.look());
  return timer;
}

/** The file of keys, which is read again when it changes. */
class KeysFile {
  readonly #path: string;
  readonly #guard: Guard;
  readonly #log: Log;
  readonly #hide: ((secrets: readonly string[]) => void) | undefined;
  /** Of what was read last, or why it was not. */
  #version = "";

  constructor(
    path: string,
    guard: Guard,
    log: Log,
    hide: ((secrets: readonly string[]) => void) | undefined,
  ) {
    this.#path = path;
    this.#guard = guard;
    this.#log = log;
    this.#hide = hide;
  }

  /** A file that cannot be read lets nobody in: who takes it away takes back its keys. */
  look(): void {
    try {
      const { mtime, size, ino } = Deno.statSync(this.#path);
      const version = `${mtime?.getTime()} ${size} ${ino}`;
      if (version === this.#version) return;
      this.#read();
      if (this.#version !== "") this.#log.note("the keys were read again");
      this.#version = version;
    } catch (error) {
      const version = errorText(error);
      if (version === this.#version) return;
      this.#version = version;
      this.#guard.keys = new Keys();
      this.#log.error(`no key of the file holds: ${version}`);
    }
  }

  #read(): void {
    const { keys, faults } = readKeys(Deno.readTextFileSync(this.#path));
    this.#hide?.(keys.map(({ key }) => key));
    this.#guard.keys = new Keys(keys);
    for (const [line, message] of faults) this.#log.error(`${this.#path}:${line}: ${message}`);
  }
}
