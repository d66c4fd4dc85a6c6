import { BoundedMap, type Clock } from "../../base/mod.ts";
import { ownText } from "../../bytes/mod.ts";

/** Applications whose errors are remembered. */
const MAX_APPLICATIONS = 1_000;

/** Messages that are remembered, of all applications. */
const MAX_MESSAGES = 100;

/** Characters of a message that are kept. */
const LONGEST_MESSAGE = 1_000;

/** Where a message begins that names file and line. */
const PLACE = /^(?:application [^\n:]*: )?([^\n:]+):(\d+): /;

/** An error of a script, and where it was. */
export interface ScriptError {
  readonly message: string;
  /** As in www/live/main.lua; null where none is named. */
  readonly file: string | null;
  readonly line: number | null;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** An error, and how often it came. */
export interface CountedError extends ScriptError {
  /** "/" for the root, else "/a/b". */
  readonly application: string;
  readonly count: number;
}

/** The errors of one application's scripts. */
export interface ErrorCount {
  count: number;
  last: ScriptError;
}

/** How many errors each application's scripts had, and the newest of each. */
export class ScriptErrors {
  readonly #clock: Clock;
  readonly #messages = new BoundedMap<string, CountedError>(MAX_MESSAGES);
  readonly #byPath = new BoundedMap<string, ErrorCount>(MAX_APPLICATIONS);
  /** Told of each error, with the path of its application. */
  onError: (path: string, error: ScriptError) => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Each message of an application once, the newest first. */
  *newest(): Generator<CountedError> {
    for (const error of [...this.#messages.values()].reverse()) yield error;
  }

  of(path: string): ErrorCount | undefined {
    return this.#byPath.get(path);
  }

  /** @param path of the application, "" for the root */
  add(path: string, whole: string): void {
    const message = ownText(whole, LONGEST_MESSAGE);
    const [, file = null, line] = PLACE.exec(message) ?? [];
    const at = this.#clock.epoch();
    const last = { message, file, line: line === undefined ? null : Number(line), at };
    const count = (this.#byPath.get(path)?.count ?? 0) + 1;
    this.#byPath.set(path, { count, last });
    const application = path || "/";
    const key = `${path}\n${message}`;
    const before = this.#messages.get(key)?.count ?? 0;
    this.#messages.set(key, { application, ...last, count: before + 1 });
    this.onError(application, last);
  }
}
