import { join } from "node:path";
import {
  configure,
  dispose,
  getLogger,
  type LogLevel,
  type LogRecord,
  type Sink,
} from "@logtape/logtape";
import { getRotatingFileSink } from "@logtape/file";
import { type Level, levels } from "../base/mod.ts";
import { hexDump } from "./hex_dump.ts";
import { formatColouredLine, formatLine } from "./line.ts";
import { type Log, NamedLog } from "./log.ts";

export interface LogOptions {
  level: Level;
  /** Dump protocol traffic. */
  dump: boolean;
  /** Folder of the files, made when it lacks; undefined for no files. */
  directory: string | undefined;
  /** Name of the newest file; older ones are `name.1`, `name.2` and so on. */
  name: string;
  /** Files kept, the newest included. */
  rotation: number;
  /** Bytes after which the next file starts. */
  maxSize: number;
  /** Where lines go beside the files, and whether it shows colours; the terminal as a rule. */
  console: { write(text: string): void; colour: boolean };
}

/** The logs of the process: LogTape has one configuration, so there is one of these at a time. */
export interface Logs {
  /** The log of a room, by its name. */
  logger(name: string): Log;
  /** Writes out what is kept back and closes the files. */
  stop(): Promise<void>;
}

const root = "monaserver";

/** LogTape has six levels; the line shows ours. */
const inLogTape: Record<Level, LogLevel> = {
  FATAL: "fatal",
  CRITIC: "fatal",
  ERROR: "error",
  WARN: "warning",
  NOTE: "info",
  INFO: "info",
  DEBUG: "debug",
  TRACE: "trace",
};

/** How long a line may wait before it is in its file, in milliseconds. */
const flushInterval = 1000;

/** Sets the logs up. Files that cannot be written are a warning on the console, no error. */
export async function startLogs(options: LogOptions): Promise<Logs> {
  const { console } = options;
  const format = console.colour ? formatColouredLine : formatLine;
  const sinks: Record<string, Sink> = { console: (record) => console.write(format(record)) };
  const failure = addFiles(sinks, options);
  await configure({
    reset: true,
    sinks,
    loggers: [
      { category: root, lowestLevel: "trace", sinks: Object.keys(sinks) },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
  const threshold = levels.indexOf(options.level);
  const logger = (name: string) => new CategoryLog([root, name], threshold, options.dump);
  if (failure) logger("logs").warn(`no log files: ${failure}`);
  return { logger, stop: dispose };
}

function addFiles(sinks: Record<string, Sink>, options: LogOptions): string | undefined {
  const { directory, name, rotation, maxSize } = options;
  if (directory === undefined) return undefined;
  try {
    Deno.mkdirSync(directory, { recursive: true });
    sinks["files"] = getRotatingFileSink(join(directory, name), {
      formatter: formatLine,
      maxSize,
      maxFiles: rotation - 1,
      nonBlocking: true,
      flushInterval,
    });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

class CategoryLog extends NamedLog {
  readonly dumps: boolean;
  readonly #threshold: number;

  constructor(names: readonly string[], threshold: number, dumps: boolean) {
    super(names);
    this.#threshold = threshold;
    this.dumps = dumps;
  }

  isEnabled(level: Level): boolean {
    return levels.indexOf(level) <= this.#threshold;
  }

  child(name: string): Log {
    return new CategoryLog([...this.names, name], this.#threshold, this.dumps);
  }

  dump(title: string, bytes: Uint8Array): void {
    this.write("TRACE", `${title}, ${bytes.length} bytes\n${hexDump(bytes)}`);
  }

  /**
   * LogTape keeps the name of every logger it ever made, and there is a category per connection:
   * the record carries its category through the one logger instead.
   */
  protected write(level: Level, message: string): void {
    const record: LogRecord = {
      category: this.names,
      level: inLogTape[level],
      message: [message],
      rawMessage: message,
      timestamp: Date.now(),
      properties: { level },
    };
    getLogger(root).emit(record);
  }
}
