/** What happened: levels, names, the console, files that rotate, dumps of the wire. */
export { type Log, NamedLog, silentLog } from "./log.ts";
export type { LogLine } from "./line.ts";
export { type LogOptions, type Logs, startLogs } from "./start.ts";
export { terminal } from "./terminal.ts";
export { hexDump } from "./hex_dump.ts";
