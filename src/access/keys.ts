import { encodeText, hex } from "../bytes/mod.ts";
import { hmacSha256, randomBytes } from "../crypto/mod.ts";

/** One line of the file of keys. */
export interface NamedSecret {
  /** Who has it. */
  readonly name: string;
  readonly key: string;
  /** Milliseconds since the Unix epoch; Infinity for a key that does not end. */
  readonly until: number;
}

const DAY = 86_400_000;

/**
 * Keys are compared by their codes under a random key: how long it takes to find one, or
 * to find none, says nothing of it.
 */
const CODE_KEY = randomBytes(32);

/** What stands for a key wherever it is compared. */
export function codeOf(key: string): string {
  return hex(hmacSha256(CODE_KEY, encodeText(key)));
}

/** The keys of a file, by their codes. */
export class Keys {
  readonly #byCode = new Map<string, NamedSecret[]>();

  constructor(keys: Iterable<NamedSecret> = []) {
    for (const key of keys) {
      const code = codeOf(key.key);
      this.#byCode.set(code, [...this.#byCode.get(code) ?? [], key]);
    }
  }

  /** Those who have the key of a code. */
  find(code: string): readonly NamedSecret[] {
    return this.#byCode.get(code) ?? [];
  }
}

/**
 * Reads a file of keys: `name key` or `name key until` in each line, `;` or `#` before a comment.
 * Faults are lines that are none, without what they hold.
 */
export function readKeys(text: string): { keys: NamedSecret[]; faults: [number, string][] } {
  const keys: NamedSecret[] = [];
  const faults: [line: number, message: string][] = [];
  text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || /^[;#]/.test(line)) return;
    const [name = "", key, end, ...more] = line.split(/\s+/);
    const until = end === undefined ? Infinity : timeOf(end);
    if (key === undefined || more.length > 0) {
      faults.push([index + 1, "a line is a name, its key and, where it ends, until when"]);
    } else if (until === undefined) {
      faults.push([index + 1, "the end of a key is a day, 2026-12-31, or 2026-12-31T18:00:00Z"]);
    } else keys.push({ name, key, until });
  });
  return { keys, faults };
}

/** A day holds until it is over in UTC. */
function timeOf(text: string): number | undefined {
  const [, day, time] =
    /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.exec(text) ??
      [];
  if (day === undefined) return undefined;
  const start = Date.parse(`${day}T00:00:00Z`);
  // Date takes the 31st of June for the first of July.
  if (Number.isNaN(start) || !new Date(start).toISOString().startsWith(day)) return undefined;
  if (time === undefined) return start + DAY;
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}
