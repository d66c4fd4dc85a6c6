/** The levels of the log, gravest first. */
export const LEVELS = [
  "FATAL",
  "CRITIC",
  "ERROR",
  "WARN",
  "NOTE",
  "INFO",
  "DEBUG",
  "TRACE",
] as const;

export type Level = (typeof LEVELS)[number];
