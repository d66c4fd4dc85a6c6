import type { Setting } from "./ini.ts";

/** Something wrong with a setting. An error keeps the server from starting, a warning does not. */
export interface Fault {
  grade: "error" | "warning";
  /** File or option. */
  origin: string;
  /** Line from 1; 0 for an option. */
  line: number;
  /** "section.key" as written; empty when the line holds none. */
  key: string;
  message: string;
}

/** Characters of a value that a message shows. */
const SHOWN = 80;

/** A fault of a setting, at the place where it was made. */
export function fault(
  grade: Fault["grade"],
  { origin, line, path }: Setting,
  message: string,
): Fault {
  return { grade, origin, line, key: path, message };
}

/** `MonaServer.ini:12: RTMP.port: "x" is not …`: one line, as compilers write it. */
export function describeFault({ origin, line, key, message }: Fault): string {
  return [line ? `${origin}:${line}` : origin, shortened(key), message].filter(Boolean).join(": ");
}

/** A text from a file as a message shows it: quoted, and not all of it when it is long. */
export function quoted(text: string): string {
  return JSON.stringify(shortened(text));
}

function shortened(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
