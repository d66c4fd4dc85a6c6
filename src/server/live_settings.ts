import type { SettingFacts } from "../admin/mod.ts";
import { type Clock, errorText, type Timer } from "../base/mod.ts";
import type { SettingsSource } from "../cli/mod.ts";
import {
  adopt,
  type Config,
  describeFault,
  differingEntries,
  differingKeys,
  namedKeys,
  secretsOf,
  withoutKeys,
} from "../config/mod.ts";
import type { Log } from "../logs/mod.ts";

/** Milliseconds between two looks at the file. */
const CHECK_INTERVAL = 2_000;

/** Milliseconds within which signals are one. */
const SIGNAL_PAUSE = 250;

/** The running settings, where they come from, and who is told of changes. */
export interface LiveSettingsOptions {
  readonly config: Config;
  /** Without it they stay as they are. */
  readonly source: SettingsSource | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly hide?: ((secrets: readonly string[]) => void) | undefined;
  /**
   * Takes over what is copied elsewhere, after the running settings have changed.
   * @param fresh what the sources say now, keys that need a restart included
   * @param changed the keys that have other values now, as in "live.gop"
   * @returns sections whose entries that are no keys, such as rules, need a restart
   */
  readonly apply: (fresh: Config, changed: ReadonlySet<string>) => readonly string[];
}

/** What became of a change of settings. */
export interface SettingsChange {
  /** Keys that have their new value from now on. */
  readonly applied: readonly string[];
  /** Keys that were not changed, as they need a restart. */
  readonly restart: readonly string[];
}

/**
 * Reads the settings again when their file changes, when a signal asks for it, and when an operator
 * changes some: what can take effect does, the rest is named, and a fault leaves all as it was.
 */
export class LiveSettings {
  readonly #options: LiveSettingsOptions;
  readonly #timer: Timer;
  #signal: Timer | undefined;
  /** What operators changed, by key, over all other sources. */
  readonly #changed = new Map<string, string>();
  /** What the sources said last, without a fault. */
  #fresh: Config;
  /** Of the file: as it was read last, and as it was at the last look. */
  #read: string;
  #seen: string;
  /** Keys that were named as in need of a restart. */
  #named = "";

  constructor(options: LiveSettingsOptions) {
    this.#options = options;
    this.#fresh = options.config;
    this.#read = this.#seen = this.#version();
    this.#timer = options.clock.every(CHECK_INTERVAL, () => this.#look());
  }

  /** Reads all again soon; signals that come together are one. */
  reload(why: string): void {
    this.#signal ??= this.#options.clock.after(SIGNAL_PAUSE, () => {
      this.#signal = undefined;
      this.#read = this.#seen = this.#version();
      this.#renew(why);
    });
  }

  /**
   * Changes keys until the server stops.
   * @throws Error naming what is wrong: then nothing has changed
   */
  change(changes: ReadonlyMap<string, string>): SettingsChange {
    const { source } = this.#options;
    if (source === undefined) throw new Error("the settings of this server cannot be changed");
    const keys = [...changes].map(([path, value]) => {
      const named = namedKeys.find((key) => key.path.toLowerCase() === path.toLowerCase());
      if (named === undefined) throw new Error(`there is no key ${path}`);
      // What operators may do is not theirs to say.
      if (named.section === "admin") throw new Error(`${named.path} is changed in the ini alone`);
      return { named, value };
    });
    const live = keys.filter(({ named }) => named.key.isLive);
    const before = new Map(this.#changed);
    for (const { named, value } of live) this.#changed.set(named.path, value);
    try {
      if (live.length > 0) this.#take(source);
    } catch (error) {
      this.#changed.clear();
      for (const [path, value] of before) this.#changed.set(path, value);
      throw error;
    }
    return {
      applied: live.map(({ named }) => named.path),
      restart: keys.filter(({ named }) => !named.key.isLive).map(({ named }) => named.path),
    };
  }

  /** All keys as operators see them: secrets without their value. */
  list(): SettingFacts[] {
    const { config } = this.#options;
    const pending = new Set(differingKeys(config, this.#fresh).map(({ path }) => path));
    return namedKeys.map(({ path, key }) => {
      const isPending = pending.has(path);
      const setting = (isPending ? config : this.#fresh).setting(path);
      const isSecret = key.isSecret === true;
      return {
        key: path,
        value: isSecret ? null : withoutKeys(setting?.value ?? key.written),
        isSecret,
        isSet: setting !== undefined,
        default: key.written,
        wanted: key.wanted,
        unit: key.unit ?? null,
        help: key.help,
        live: key.isLive === true,
        where: setting === undefined ? null : placeOf(setting),
        isPending,
      };
    });
  }

  close(): void {
    this.#timer.cancel();
    this.#signal?.cancel();
  }

  /** A file that was written a moment ago may not be whole: it has to be the same at two looks. */
  #look(): void {
    const version = this.#version();
    const isSteady = version === this.#seen;
    this.#seen = version;
    if (!isSteady || version === this.#read || version === "") return;
    this.#read = version;
    this.#renew("the file has changed");
  }

  /** What tells one state of the file from the next; empty while there is none. */
  #version(): string {
    const file = this.#options.source?.file;
    if (file === undefined) return "";
    try {
      const { mtime, size, ino } = Deno.statSync(file);
      return `${mtime?.getTime()} ${size} ${ino}`;
    } catch {
      return "";
    }
  }

  #renew(why: string): void {
    const { source, log } = this.#options;
    if (source === undefined) return;
    try {
      const changed = this.#take(source);
      log.note(`${why}: ${changed.join(", ") || "no key that takes effect now"} changed`);
    } catch (error) {
      log.error(`${why}, but the settings stay as they were: ${errorText(error)}`);
    }
  }

  /**
   * Reads all sources and takes over what can take effect.
   * @returns the keys and other entries that have changed
   * @throws Error with each fault
   */
  #take({ reread }: SettingsSource): string[] {
    const { config, log, hide, apply } = this.#options;
    const overrides = [...this.#changed].map(([path, value]) => {
      return { origin: "an operator", path, value };
    });
    const { config: fresh, faults } = reread(overrides);
    const errors = faults.filter(({ grade }) => grade === "error");
    if (errors.length > 0) throw new Error(errors.map(describeFault).join("; "));
    for (const fault of faults) log.warn(describeFault(fault));
    hide?.(secretsOf(fresh));
    // Before the running settings, which may be those of before, take them over.
    const entries = differingEntries(this.#fresh, fresh);
    const changed = adopt(config, fresh).map(({ path }) => path);
    this.#fresh = fresh;
    const waiting = apply(fresh, new Set(changed));
    const waits = (path: string) =>
      waiting.includes(path.slice(0, path.indexOf(".")).toLowerCase());
    this.#name([
      ...differingKeys(config, fresh).map(({ path }) => path),
      ...differingEntries(config, fresh).filter(waits),
    ]);
    return [...changed, ...entries.filter((path) => !waits(path))];
  }

  /** Names what needs a restart, once. */
  #name(keys: readonly string[]): void {
    const text = keys.join(", ");
    if (text !== "" && text !== this.#named) {
      this.#options.log.warn(`${text} changed too, which takes effect at the next start`);
    }
    this.#named = text;
  }
}

function placeOf({ origin, line }: { readonly origin: string; readonly line: number }): string {
  return line === 0 ? origin : `${origin}:${line}`;
}
