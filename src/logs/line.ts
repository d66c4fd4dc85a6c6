import type { LogRecord } from "@logtape/logtape";
import type { Level } from "../base/mod.ts";

/** A line of the log, without what must not be shown. */
export interface LogLine {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly level: Level;
  /** The room, then the peer where there is one: `rtmp 127.0.0.1:5123`. */
  readonly name: string;
  readonly text: string;
}

const colours: Record<Level, string> = {
  FATAL: "97;41",
  CRITIC: "31;1",
  ERROR: "31",
  WARN: "33",
  NOTE: "36",
  INFO: "32",
  DEBUG: "0",
  TRACE: "90",
};

/**
 * `2026-03-01 12:00:00.123 INFO   rtmp 127.0.0.1:5123: message`, in local time, ended by a line
 * feed. Further lines of a message are indented and control characters are shown, so that nothing
 * a client sends can pass for a line of the log.
 */
export function formatLine(record: LogRecord): string {
  return join(record, levelOf(record).padEnd(6));
}

/** The same line in its parts. */
export function lineOf(record: LogRecord): LogLine {
  return {
    at: record.timestamp,
    level: levelOf(record),
    name: record.category.slice(1).join(" "),
    text: record.message.map(String).join(""),
  };
}

/** The same line with its level in colour, for a terminal. */
export function formatColouredLine(record: LogRecord): string {
  const level = levelOf(record);
  return join(record, `\x1b[${colours[level]}m${level}\x1b[0m${" ".repeat(6 - level.length)}`);
}

function join(record: LogRecord, level: string): string {
  const names = record.category.slice(1).join(" ");
  const text = plain(record.message.map(String).join(""));
  return `${stamp(record.timestamp)} ${level} ${names ? `${plain(names)}: ` : ""}${text}\n`;
}

/** The level under its name here; LogTape's own messages carry none. */
function levelOf(record: LogRecord): Level {
  const level = record.properties["level"];
  if (typeof level === "string") return level as Level;
  return record.level === "warning" ? "WARN" : record.level.toUpperCase() as Level;
}

function plain(text: string): string {
  return text.replace(/\r?\n/g, "\n    ").replace(
    /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (sign) => `\\u{${sign.charCodeAt(0).toString(16)}}`,
  );
}

function stamp(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  return `${day} ${clock}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
