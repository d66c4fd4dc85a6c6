import type { Later, Level } from "../../base/mod.ts";
import type { Cluster } from "../../cluster/mod.ts";
import type { Hub, Publication, RecordedFile } from "../../hub/mod.ts";
import type { Events } from "../events/events.ts";
import type { Refusals } from "../events/refusals.ts";
import type { Health } from "../health.ts";
import type { History, Usage } from "../history/history.ts";
import type { RecentLines } from "../log/recent_lines.ts";
import type { MediaCounts } from "../media_counts.ts";
import type { TimedBans } from "./timed_bans.ts";

/** An error of a script, and where it was. */
export interface ScriptError {
  readonly message: string;
  /** As the script's author knows it, below the folder of all: `www/live/main.lua`; null where none is named. */
  readonly file: string | null;
  readonly line: number | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** An error, and how often it came. */
export interface CountedError extends ScriptError {
  /** As {@link ApplicationFacts.path} has it. */
  readonly application: string;
  readonly count: number;
}

/** An application as it is now. */
export interface ApplicationFacts {
  /** "/" for the root, else "/a/b". */
  readonly path: string;
  /** A folder without a main.lua runs nothing: it is `idle`. */
  readonly state: "running" | "failed" | "stopped" | "idle";
  readonly clients: number;
  /** Timers, sockets, publications and the like that it opened. */
  readonly resources: number;
  readonly errors: number;
  readonly lastError: ScriptError | null;
}

/** A file of an application, by its path below the application's folder. */
export interface SourceFile {
  readonly name: string;
  readonly size: number;
  /** Milliseconds since the Unix epoch. */
  readonly modified: number;
}

/** What a console was answered: values as texts, and what was printed meanwhile. */
export interface Evaluation {
  readonly results: readonly string[];
  readonly printed: readonly string[];
}

/**
 * Applications, for operators; paths as {@link ApplicationFacts} has them. Where an application does
 * not exist they give undefined.
 */
export interface ControlledScripts {
  /** Bytes that Lua holds for all applications, and may hold. */
  readonly memory: number;
  readonly memoryLimit: number;
  readonly errors: number;
  list(): Iterable<ApplicationFacts>;
  /** Some hundred, each message once. */
  newestErrors(): Iterable<CountedError>;
  restart(path: string): ApplicationFacts | undefined;
  /** Calls a global function with values of JSON. @throws Error with the script's message */
  call(path: string, name: string, args: readonly unknown[]): Later<readonly unknown[]> | undefined;
  /** @throws Error with the script's message */
  evaluate(path: string, source: string): Evaluation | undefined;
  files(path: string): readonly SourceFile[] | undefined;
  /** The text of a file; undefined too where there is none in the application's own folder. */
  read(path: string, file: string): string | undefined;
}

/** A line of `[relay]`. */
export interface ControlledRelay {
  readonly id: string;
  readonly name: string;
  readonly does: "play" | "publish";
  /** Without what may be a key. */
  readonly urls: readonly string[];
  readonly state: "up" | "waiting" | "stopped";
  /** Why it is not up, as far as it was tried. */
  readonly failure: string | undefined;
  start(): void;
  stop(): void;
}

/** The log, and its newest lines. */
export interface ControlledLog {
  level: Level;
  readonly lines: RecentLines;
}

/** One key of the settings, without what is secret. */
export interface SettingFacts {
  readonly key: string;
  /** As the ini writes it; null for a secret. */
  readonly value: string | null;
  readonly isSecret: boolean;
  readonly isSet: boolean;
  readonly default: string;
  readonly wanted: string;
  readonly unit: string | null;
  readonly help: string;
  /** A change takes effect while the server runs. */
  readonly live: boolean;
  /** File and line, or option, that set it; null for the default. */
  readonly where: string | null;
  /** The ini says otherwise by now, which takes a restart. */
  readonly isPending: boolean;
}

/** What became of a change of settings. */
export interface SettingsChange {
  /** Keys that have their new value from now on. */
  readonly applied: readonly string[];
  /** Keys that were not changed, as they need a restart. */
  readonly restart: readonly string[];
}

/** The settings, and those that may change while the server runs. */
export interface ControlledSettings {
  list(): readonly SettingFacts[];
  /**
   * Changes keys until the server stops.
   * @throws Error naming what is wrong: then nothing has changed
   */
  change(changes: ReadonlyMap<string, string>): SettingsChange;
}

/** Recordings, for operators. */
export interface ControlledRecordings {
  /** Those that are over, oldest first; of one stream, or of those that begin so: `film*`. */
  list(filter: { readonly stream?: string }): readonly RecordedFile[];
  /**
   * Records a publication until it ends or {@link stop}; `application` is "" for the root, else "/a/b".
   * @throws Error naming what is wrong with the path
   */
  start(
    publication: Publication,
    request: {
      readonly application: string;
      readonly path?: string | undefined;
      readonly format?: "mp4" | "flv";
    },
  ): void;
  /** Ends all recordings of a publication; gives how many there were. */
  stop(publication: Publication): number;
  isRecorded(publication: Publication): boolean;
}

/** What is known of the server, for its overview. */
export interface ServerFacts {
  readonly version: string;
  readonly deno: string;
  /** Name or address that clients are told; empty for none. */
  readonly host: string;
  readonly usage: () => Usage;
  /** Whether Lua may be evaluated and functions called. */
  readonly hasConsole: () => boolean;
}

/** All that operators may look at and change. */
export interface ControlParts {
  readonly hub: Hub;
  readonly server: ServerFacts;
  readonly counts: MediaCounts;
  readonly history: History;
  readonly health: Health;
  readonly events: Events;
  readonly bans: TimedBans;
  readonly refusals: Refusals;
  readonly log: ControlledLog;
  readonly scripts: ControlledScripts;
  readonly cluster: Cluster;
  readonly relays: () => readonly ControlledRelay[];
  readonly recordings: ControlledRecordings;
  readonly settings: ControlledSettings;
}
