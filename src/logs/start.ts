import { join } from "node:path";
import {
  configure,
  dispose,
  getLogger,
  type LogLevel,
  type LogRecord,
  type Sink,
  withFilter,
} from "@logtape/logtape";
import { getRotatingFileSink } from "@logtape/file";
import { type Clock, errorText, type Level, levels, systemClock } from "../base/mod.ts";
import { DUMP_LIMIT, hexDump } from "./hex_dump.ts";
import { formatColouredLine, formatLine, lineOf, type LogLine } from "./line.ts";
import { LineLimiter } from "./line_limiter.ts";
import { type Log, NamedLog } from "./log.ts";
import { Redactor } from "./redactor.ts";

/** What is written to the log, and where to. */
export interface LogOptions {
  level: Level;
  /** Dump protocol traffic. */
  dump: boolean;
  /** Folder of the files, made when it lacks; undefined for no files. */
  directory: string | undefined;
  /**
   * Name of the newest file; older ones are `name.1`, `name.2` and so on. `name.notes` has only the
   * lines from NOTE on, so that floods of others do not push them out.
   */
  name: string;
  /** Files kept, the newest included. */
  rotation: number;
  /** Bytes after which the next file starts. */
  maxSize: number;
  /** Texts that no line may hold; what URLs carry is left out of all lines anyway. */
  secrets: readonly string[];
  /** Where lines go beside the files, and whether it shows colours; the terminal as a rule. */
  console: { write(text: string): void; colour: boolean };
  /** The machine's clock unless told otherwise. */
  clock?: Clock;
}

/** The logs of the process: LogTape has one configuration, so there is one of these at a time. */
export interface Logs {
  /** The log of a room, by its name. */
  logger(name: string): Log;
  /** Keeps more texts out of all lines from now on. */
  hide(secrets: readonly string[]): void;
  /** A text without the secrets that are known. */
  conceal(text: string): string;
  /** Lowest level that is written; may be changed. */
  level: Level;
  /** Tells of each line from now on, as it is in the files; returns what ends that. */
  watch(tell: (line: LogLine) => void): () => void;
  /** Writes out what is kept back and closes the files. */
  stop(): Promise<void>;
}

const ROOT = "monaserver";

/** Name of the log of what operators did, which is written whatever the level. */
const AUDIT = "audit";

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
const FLUSH_INTERVAL = 1000;

/** Maximum characters of a message; the rest is cut and counted. */
const MAX_MESSAGE = 4_096;

/** Characters searched for secrets: a secret that begins before the cut ends within these. */
const SEARCHED = MAX_MESSAGE + 16_384;

/** Sets the logs up. Files that cannot be written are a warning on the console, no error. */
export async function startLogs(options: LogOptions): Promise<Logs> {
  const { console } = options;
  const format = console.colour ? formatColouredLine : formatLine;
  const write: Sink = (record) => console.write(format(record));
  const sinks: Record<string, Sink> = { console: write };
  const failure = addFiles(sinks, options);
  const watchers = new Set<(line: LogLine) => void>();
  sinks["watchers"] = (record) => {
    if (watchers.size === 0) return;
    const line = lineOf(record);
    for (const tell of [...watchers]) tell(line);
  };
  await configure({
    reset: true,
    sinks: { ...sinks, meta: onChange(write) },
    loggers: [
      { category: ROOT, lowestLevel: "trace", sinks: Object.keys(sinks) },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["meta"] },
    ],
  });
  const limiter = new LineLimiter(
    options.clock ?? systemClock,
    (names, text) => emit([ROOT, ...names], "WARN", text),
  );
  const redactor = new Redactor(options.secrets);
  const threshold = levels.indexOf(options.level);
  const common = { threshold, dumps: options.dump, redactor, limiter };
  const logger = (name: string) => new CategoryLog([ROOT, name], common);
  if (failure) logger("logs").warn(`no log files: ${failure}`);
  const stop = () => {
    limiter.stop();
    return dispose();
  };
  return {
    logger,
    hide: (secrets) => redactor.hide(secrets),
    conceal: (text) => redactor.conceal(text),
    get level() {
      return levels[common.threshold]!;
    },
    set level(level) {
      common.threshold = levels.indexOf(level);
    },
    watch(tell) {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    stop,
  };
}

/** LogTape's own complaints, such as a full disk, once and not at every attempt. */
function onChange(sink: Sink): Sink {
  let last = "";
  return (record) => {
    const text = record.message.map(String).join("");
    if (text !== last) sink(record);
    last = text;
  };
}

function addFiles(sinks: Record<string, Sink>, options: LogOptions): string | undefined {
  const { directory, name, rotation, maxSize } = options;
  if (directory === undefined) return undefined;
  try {
    Deno.mkdirSync(directory, { recursive: true });
    const file = (name: string) =>
      getRotatingFileSink(join(directory, name), {
        formatter: formatLine,
        maxSize,
        maxFiles: rotation - 1,
        nonBlocking: true,
        flushInterval: FLUSH_INTERVAL,
      });
    sinks["files"] = file(name);
    sinks["notes"] = withFilter(
      file(`${name}.notes`),
      ({ properties: { level } }) => isNote(level as Level),
    );
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** Whether a line is for the second file, which the coming and going of clients does not rotate. */
function isNote(level: Level): boolean {
  return levels.indexOf(level) <= levels.indexOf("NOTE");
}

interface CategoryOptions {
  /** Index of the least grave level that is written. */
  readonly threshold: number;
  readonly dumps: boolean;
  readonly redactor: Redactor;
  readonly limiter: LineLimiter;
}

class CategoryLog extends NamedLog {
  readonly #options: CategoryOptions;
  /** Title of a dump that ended in the midst of a secret: its next one begins there. */
  #open = "";
  /** What operators did is written whatever the level. */
  readonly #isAudit: boolean;
  /** What the limiter counts lines by: the names, and who caused them. */
  readonly #sources: readonly string[];

  constructor(names: readonly string[], options: CategoryOptions, peer?: string) {
    super(names);
    this.#options = options;
    this.#isAudit = names[1] === AUDIT;
    this.#sources = peer === undefined ? names.slice(1) : [...names.slice(1), peer];
  }

  get dumps(): boolean {
    return this.#options.dumps;
  }

  isEnabled(level: Level): boolean {
    return this.#isAudit || levels.indexOf(level) <= this.#options.threshold;
  }

  child(name: string): Log {
    return new CategoryLog([...this.names, name], this.#options);
  }

  override causedBy(peer: string): Log {
    return new CategoryLog(this.names, this.#options, peer);
  }

  dump(title: string, bytes: Uint8Array): void {
    const shown = bytes.subarray(0, DUMP_LIMIT);
    const redacted = this.#options.redactor.bytes(shown, title === this.#open);
    const rest = bytes.length - shown.length;
    // What is not shown may end in one too.
    const isOpen = rest === 0
      ? redacted.isOpen
      : this.#options.redactor.bytes(bytes.subarray(-DUMP_LIMIT)).isOpen;
    if (isOpen) this.#open = title;
    else if (title === this.#open) this.#open = "";
    const end = rest > 0 ? `\nand ${rest} bytes more` : "";
    emit(this.names, "TRACE", `${title}, ${bytes.length} bytes\n${hexDump(redacted.bytes)}${end}`);
  }

  protected write(level: Level, message: string): void {
    const { limiter, redactor } = this.#options;
    const length = Math.min(message.length, MAX_MESSAGE);
    if (!limiter.admit(this.#sources, length, isNote(level))) return;
    if (message.length <= MAX_MESSAGE) return emit(this.names, level, redactor.text(message));
    const text = redactor.text(message.slice(0, SEARCHED)).slice(0, MAX_MESSAGE);
    emit(this.names, level, `${text}… (${message.length} characters)`);
  }
}

/**
 * LogTape keeps the name of every logger it ever made, and there is a category per connection: the
 * record carries its category through the one logger instead.
 */
function emit(category: readonly string[], level: Level, message: string): void {
  const record: LogRecord = {
    category,
    level: inLogTape[level],
    message: [message],
    rawMessage: message,
    timestamp: Date.now(),
    properties: { level },
  };
  getLogger(ROOT).emit(record);
}
