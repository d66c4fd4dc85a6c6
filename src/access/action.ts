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
  if (action === "publish" || action === "play") return path;
  const plain = path.replace(/^\/+/, "").toLowerCase();
  return action === "files" ? plain : `${plain.replace(/\/$/, "")}/`;
}
