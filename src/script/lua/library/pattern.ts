/** Most captures of one pattern, and how deep its items may call each other, as Lua bounds them. */
const MAX_CAPTURES = 32;
const MAX_DEPTH = 200;
/** Steps between two reports. */
const REPORT = 16_384;

const POSITION = -2;
const UNFINISHED = -1;

const ESCAPE = code("%");
const CARET = code("^");
const DASH = code("-");
const CLOSE_SET = code("]");

const SPECIAL = new Set([..."^$*+?.([%-"].map(code));

/** One capture: bytes of the subject, or a position in it that counts from 1. */
export type Capture = readonly [start: number, end: number] | number;

/**
 * A pattern of Lua's on one subject (Lua 5.4 Reference Manual §6.4.1), matched as Lua's own library
 * does it, but with its work counted: `spend` is called with the number of steps and throws when
 * there are too many. In the C library, some patterns take exponential time.
 */
export class PatternMatch {
  readonly subject: Uint8Array;
  readonly #pattern: Uint8Array;
  readonly #spend: (steps: number) => void;
  readonly #starts: number[] = [];
  readonly #lengths: number[] = [];
  #level = 0;
  #depth = 0;
  #steps = 0;

  constructor(subject: Uint8Array, pattern: Uint8Array, spend: (steps: number) => void) {
    this.subject = subject;
    this.#pattern = pattern;
    this.#spend = spend;
  }

  /** True when the pattern begins with `^`. */
  get isAnchored(): boolean {
    return this.#pattern[0] === CARET;
  }

  /**
   * Matches at a position of the subject, from the pattern's byte `from` on; the end of the match, or -1.
   * @throws Error for a malformed pattern
   */
  at(start: number, from: number): number {
    this.#level = 0;
    this.#depth = 0;
    return this.#match(start, from);
  }

  /** How many captures the last match has. */
  get captures(): number {
    return this.#level;
  }

  /** A capture of the last match, counted from 0; the whole match when the pattern has none. */
  capture(index: number, start: number, end: number): Capture {
    if (index >= this.#level) {
      if (index !== 0) throw new Error(`invalid capture index %${index + 1}`);
      return [start, end];
    }
    const from = this.#starts[index] as number;
    const length = this.#lengths[index] as number;
    if (length === UNFINISHED) throw new Error("unfinished capture");
    return length === POSITION ? from + 1 : [from, from + length];
  }

  /** Reports the steps that were not reported yet. */
  finish(): void {
    this.#spend(this.#steps);
    this.#steps = 0;
  }

  #step(): void {
    if (++this.#steps < REPORT) return;
    this.finish();
  }

  #match(start: number, from: number): number {
    if (++this.#depth > MAX_DEPTH) throw new Error("pattern too complex");
    const end = this.#items(start, from);
    this.#depth--;
    return end;
  }

  /** Goes through the pattern's items until one fails, or needs others to be tried. */
  #items(start: number, from: number): number {
    const pattern = this.#pattern;
    let s = start;
    let p = from;
    while (p < pattern.length) {
      this.#step();
      switch (pattern[p]) {
        case 0x28: // (
          if (pattern[p + 1] === 0x29) return this.#open(s, p + 2, POSITION);
          return this.#open(s, p + 1, UNFINISHED);
        case 0x29: // )
          return this.#close(s, p + 1);
        case 0x24: // $
          if (p + 1 === pattern.length) return s === this.subject.length ? s : -1;
          break;
        case ESCAPE: {
          const next = this.#special(s, p);
          if (next === undefined) break;
          if (next < 0) return -1;
          s = next;
          p = this.#afterSpecial(p);
          continue;
        }
      }
      const after = this.#itemEnd(p);
      switch (pattern[after]) {
        case 0x3f: // ?
          if (this.#isAt(s, p, after)) {
            const end = this.#match(s + 1, after + 1);
            if (end >= 0) return end;
          }
          p = after + 1;
          continue;
        case 0x2b: // +
          return this.#isAt(s, p, after) ? this.#most(s + 1, p, after) : -1;
        case 0x2a: // *
          return this.#most(s, p, after);
        case DASH:
          return this.#least(s, p, after);
      }
      if (!this.#isAt(s, p, after)) return -1;
      s++;
      p = after;
    }
    return s;
  }

  /** As many as there are, then ever fewer. */
  #most(start: number, p: number, after: number): number {
    let s = start;
    while (this.#isAt(s, p, after)) s++;
    for (; s >= start; s--) {
      const end = this.#match(s, after + 1);
      if (end >= 0) return end;
    }
    return -1;
  }

  /** As few as will do. */
  #least(start: number, p: number, after: number): number {
    for (let s = start;; s++) {
      const end = this.#match(s, after + 1);
      if (end >= 0) return end;
      if (!this.#isAt(s, p, after)) return -1;
    }
  }

  #open(s: number, p: number, kind: number): number {
    if (this.#level >= MAX_CAPTURES) throw new Error("too many captures");
    this.#starts[this.#level] = s;
    this.#lengths[this.#level++] = kind;
    const end = this.#match(s, p);
    if (end < 0) this.#level--;
    return end;
  }

  #close(s: number, p: number): number {
    let index = this.#level - 1;
    while (index >= 0 && this.#lengths[index] !== UNFINISHED) index--;
    if (index < 0) throw new Error("invalid pattern capture");
    this.#lengths[index] = s - (this.#starts[index] as number);
    const end = this.#match(s, p);
    if (end < 0) this.#lengths[index] = UNFINISHED;
    return end;
  }

  /** `%b`, `%f` and `%1` to `%9`: where they end, -1 when they fail; undefined for other items. */
  #special(s: number, p: number): number | undefined {
    const kind = this.#pattern[p + 1] ?? 0;
    if (kind === code("b")) return this.#balanced(s, p + 2);
    if (kind === code("f")) return this.#isFrontier(s, p + 2) ? s : -1;
    return isDigit(kind) ? this.#again(s, kind - code("1")) : undefined;
  }

  #afterSpecial(p: number): number {
    const kind = this.#pattern[p + 1];
    if (kind === code("b")) return p + 4;
    return kind === code("f") ? this.#itemEnd(p + 2) : p + 2;
  }

  #balanced(start: number, p: number): number {
    const { subject } = this;
    if (p + 1 >= this.#pattern.length) {
      throw new Error("malformed pattern (missing arguments to '%b')");
    }
    const [open, close] = this.#pattern.subarray(p, p + 2);
    if (start >= subject.length || subject[start] !== open) return -1;
    let depth = 1;
    for (let s = start + 1; s < subject.length; s++) {
      this.#step();
      if (subject[s] === close) {
        if (--depth === 0) return s + 1;
      } else if (subject[s] === open) depth++;
    }
    return -1;
  }

  #isFrontier(s: number, p: number): boolean {
    if (this.#pattern[p] !== code("[")) throw new Error("missing '[' after '%f' in pattern");
    const after = this.#itemEnd(p);
    const before = s === 0 ? 0 : this.subject[s - 1] as number;
    return !this.#isInSet(before, p, after) && this.#isInSet(this.subject[s] ?? 0, p, after);
  }

  /** What capture `index` matched, once more. */
  #again(s: number, index: number): number {
    const length = this.#lengths[index];
    if (index < 0 || index >= this.#level || length === undefined || length === UNFINISHED) {
      throw new Error(`invalid capture index %${index + 1}`);
    }
    // Of a position Lua makes a size that no subject has.
    if (length === POSITION) return -1;
    const { subject } = this;
    const from = this.#starts[index] as number;
    if (subject.length - s < length) return -1;
    for (let i = 0; i < length; i++) {
      this.#step();
      if (subject[from + i] !== subject[s + i]) return -1;
    }
    return s + length;
  }

  /** Where the single-character item that begins at `p` ends. */
  #itemEnd(p: number): number {
    const pattern = this.#pattern;
    const first = pattern[p];
    if (first === ESCAPE) {
      if (p + 1 === pattern.length) throw new Error("malformed pattern (ends with '%')");
      return p + 2;
    }
    if (first !== code("[")) return p + 1;
    let end = p + 1;
    if (pattern[end] === CARET) end++;
    do {
      this.#step();
      if (end >= pattern.length) throw new Error("malformed pattern (missing ']')");
      end += pattern[end] === ESCAPE ? 2 : 1;
    } while (pattern[end] !== CLOSE_SET);
    return end + 1;
  }

  /** True when the subject's byte at `s` is one of the item's. */
  #isAt(s: number, p: number, after: number): boolean {
    if (s >= this.subject.length) return false;
    this.#step();
    const byte = this.subject[s] as number;
    switch (this.#pattern[p]) {
      case 0x2e: // .
        return true;
      case ESCAPE:
        return isOfClass(byte, this.#pattern[p + 1] as number);
      case 0x5b: // [
        return this.#isInSet(byte, p, after);
      default:
        return this.#pattern[p] === byte;
    }
  }

  /** True when the set from `[` at `p` to `]` before `after` has the byte. */
  #isInSet(byte: number, p: number, after: number): boolean {
    const pattern = this.#pattern;
    const last = after - 1;
    let at = p + 1;
    const isInverted = pattern[at] === CARET;
    if (isInverted) at++;
    for (; at < last; at++) {
      this.#step();
      const one = pattern[at] as number;
      if (one === ESCAPE) {
        if (isOfClass(byte, pattern[++at] as number)) return !isInverted;
      } else if (pattern[at + 1] === DASH && at + 2 < last) {
        at += 2;
        if (one <= byte && byte <= (pattern[at] as number)) return !isInverted;
      } else if (one === byte) return !isInverted;
    }
    return isInverted;
  }
}

/** False for a pattern, `bytes` from `start` to `end`, that stands for its own characters alone. */
export function isSpecial(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (SPECIAL.has(bytes[i] as number)) return true;
  return false;
}

/**
 * How many steps a search takes at worst in a subject of that length, for the pattern that is
 * `bytes` from `start` to `end`: of the subject's positions one is where the match begins and one where
 * each repetition ends, each behind the one before, and every choice of them may be tried.
 */
export function worstSteps(length: number, bytes: Uint8Array, start: number, end: number): number {
  const positions = length + 1;
  let choices = 1;
  let chosen = 0;
  const choose = () => choices *= (positions + chosen) / ++chosen;
  if (bytes[start] !== CARET) choose();
  for (let i = start; i < end; i++) {
    switch (bytes[i]) {
      case ESCAPE: {
        const kind = bytes[++i] as number;
        // %b and %1 look at many bytes.
        if (kind === code("b") || isDigit(kind)) choose();
        break;
      }
      case 0x2a: // *
      case 0x2b: // +
      case DASH:
        choose();
        break;
      case 0x3f: // ?
        choices *= 2;
    }
  }
  return choices * (chosen + 1) * (end - start);
}

/** The classes by the letter after `%`, for ASCII, as C's own locale has them. */
const CLASSES: ReadonlyMap<number, RegExp> = new Map(
  Object.entries({
    a: /[A-Za-z]/,
    c: /[^ -~\x80-\xff]/,
    d: /[0-9]/,
    g: /[\x21-\x7e]/,
    l: /[a-z]/,
    p: /[!-/:-@[-`{-~]/,
    s: /[\t-\r ]/,
    u: /[A-Z]/,
    w: /[A-Za-z0-9]/,
    x: /[A-Fa-f0-9]/,
    z: /\0/,
  }).map(([letter, members]) => [code(letter), members]),
);

/** For each byte that may follow a `%`: which bytes it stands for. */
const MEMBERS: readonly Uint8Array[] = Array.from({ length: 256 }, (_, letter) => {
  const lower = letter | 0x20;
  const members = CLASSES.get(lower);
  const isInverted = letter !== lower;
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    if (members === undefined) return +(byte === letter);
    return +(members.test(String.fromCharCode(byte)) !== isInverted);
  });
});

function isOfClass(byte: number, letter: number): boolean {
  return MEMBERS[letter]?.[byte] === 1;
}

/** True for the code of `0` to `9`. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function code(character: string): number {
  return character.charCodeAt(0);
}
