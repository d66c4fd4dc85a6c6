/** The levels of the log, gravest first. */
export const levels = [
  "FATAL",
  "CRITIC",
  "ERROR",
  "WARN",
  "NOTE",
  "INFO",
  "DEBUG",
  "TRACE",
] as const;

export type Level = (typeof levels)[number];
