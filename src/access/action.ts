/** What rules are of. */
export const ACTIONS = ["publish", "play", "connect", "files"] as const;

export type Action = typeof ACTIONS[number];

export function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text);
}

/**
 * What a rule of an action is matched against. A stream is known by its name alone, as names belong
 * to the whole server; an application by its path with "/" behind it, so that `a/*` is `a` and all
 * below; a file by its path from the root. Paths of files are one in any case where disks say so.
 */
export function subjectOf(action: Action, path: string): string {
  if (!isPath(action)) return path;
  const plain = path.replace(/^\/+/, "").toLowerCase();
  return action === "files" ? plain : `${plain.replace(/\/$/, "")}/`;
}

/** Subjects: one, or all with the same beginning. */
export interface Pattern {
  /** What a subject is or, before a `*`, begins with. */
  readonly start: string;
  readonly isPrefix: boolean;
}

/** `name`, `start*` or `*`; undefined where a `*` stands before the end. */
export function patternOf(action: Action, text: string): Pattern | undefined {
  const isPrefix = text.endsWith("*");
  const start = isPrefix ? text.slice(0, -1) : text;
  if (start.includes("*")) return undefined;
  if (!isPrefix || !isPath(action)) {
    return { start: isPrefix ? start : subjectOf(action, start), isPrefix };
  }
  return { start: start.replace(/^\/+/, "").toLowerCase(), isPrefix };
}

export function isMatch({ start, isPrefix }: Pattern, subject: string): boolean {
  return isPrefix ? subject.startsWith(start) : subject === start;
}

/** What a client does, as the end of "no client may …". */
export function verbOf(action: Action): string {
  return action === "files" ? "have" : action === "connect" ? "connect to" : action;
}

function isPath(action: Action): boolean {
  return action === "connect" || action === "files";
}
