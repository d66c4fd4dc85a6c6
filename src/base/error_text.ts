/** What the system says of a file: reason, then what was tried with which path. */
const FILE_ERROR = /^(.+) \(os error \d+\)(?:: \w+ '([^']*)'.*)?$/s;

/** What Deno says of paths such as /proc, whatever it was permitted. */
const GUARDED = /^Requires all access to "(.+)", run again/;

/** An error in one line for people, without a stack: `/a/b: no such file or directory`. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Of the attempts at several addresses the first is told.
  if (error instanceof AggregateError && error.errors.length > 0) return errorText(error.errors[0]);
  const { message } = error;
  const guarded = GUARDED.exec(message);
  if (guarded) return `${guarded[1]}: Deno keeps programs out of this place`;
  const [, reason = message, path] = FILE_ERROR.exec(message) ?? [];
  return path === undefined
    ? reason
    : `${path}: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`;
}

/** An error with the stack that says where it was thrown, for the developer who has to find it. */
export function errorStack(error: unknown): string {
  return error instanceof Error ? error.stack ?? error.message : String(error);
}

/** Whether a file, a socket or a permission caused an error: nothing that a stack would explain. */
export function isOutside(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "NotCapable" || "code" in error && typeof error.code === "string";
}
