import type { Level } from "../base/mod.ts";

/**
 * Where a room writes what happens. A message is one plain string; what is costly to put together
 * asks `isEnabled` first.
 */
export interface Log {
  fatal(message: string): void;
  critic(message: string): void;
  error(message: string): void;
  warn(message: string): void;
  note(message: string): void;
  info(message: string): void;
  debug(message: string): void;
  trace(message: string): void;
  isEnabled(level: Level): boolean;
  /** The same log under a longer name: child("127.0.0.1:5123") of "rtmp" is "rtmp 127.0.0.1:5123". */
  child(name: string): Log;
  /** The same log, whose lines count as those of a peer (`host:port`) that caused them. */
  causedBy(peer: string): Log;
  /** Whether protocol traffic is to be dumped; look here before calling `dump`. */
  readonly dumps: boolean;
  /** Writes bytes of the wire in hexadecimal, whatever the level: `if (log.dumps) log.dump(…)`. */
  dump(title: string, bytes: Uint8Array): void;
}

/** Turns one sink of messages into a log with all its methods. */
export abstract class NamedLog implements Log {
  readonly names: readonly string[];
  abstract readonly dumps: boolean;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  fatal(message: string): void {
    this.#log("FATAL", message);
  }
  critic(message: string): void {
    this.#log("CRITIC", message);
  }
  error(message: string): void {
    this.#log("ERROR", message);
  }
  warn(message: string): void {
    this.#log("WARN", message);
  }
  note(message: string): void {
    this.#log("NOTE", message);
  }
  info(message: string): void {
    this.#log("INFO", message);
  }
  debug(message: string): void {
    this.#log("DEBUG", message);
  }
  trace(message: string): void {
    this.#log("TRACE", message);
  }

  /** Itself where lines are not counted. */
  causedBy(_peer: string): Log {
    return this;
  }

  #log(level: Level, message: string): void {
    if (this.isEnabled(level)) this.write(level, message);
  }

  abstract isEnabled(level: Level): boolean;
  abstract child(name: string): Log;
  abstract dump(title: string, bytes: Uint8Array): void;
  protected abstract write(level: Level, message: string): void;
}

class SilentLog extends NamedLog {
  readonly dumps = false;
  isEnabled(): boolean {
    return false;
  }
  child(): Log {
    return this;
  }
  dump(): void {}
  protected write(): void {}
}

/** A log that discards all lines. */
export const silentLog: Log = new SilentLog([]);
