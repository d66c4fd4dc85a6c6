import { AddressRanges } from "../base/mod.ts";

/** One key of the ini: its values, its default, and what it is for. */
export interface Key<T> {
  readonly default: T;
  /** The default as the ini writes it. */
  readonly written: string;
  /** What a value must be, as the end of "wanted …". */
  readonly wanted: string;
  /** Unit of a number in the ini, such as seconds; absent for other values. */
  readonly unit?: string | undefined;
  /** One line for the ini and the documentation. */
  readonly help: string;
  /** The value that `text` stands for; undefined when it stands for none. */
  parse(text: string): T | undefined;
  /** What a file that the key names must hold, as PEM calls it. */
  readonly pem?: "CERTIFICATE" | "PRIVATE KEY";
  /** Whether the value must stay out of logs. */
  readonly isSecret?: boolean;
  /** Whether a change takes effect while the server runs. */
  readonly isLive?: boolean;
}

/** The same key, a change of which takes effect while the server runs. */
export function changeable<T>(key: Key<T>): Key<T> {
  return { ...key, isLive: true };
}

/** A whole number from `min` to `max`; `unit` is "seconds", "bytes" and the like. */
export function integer(
  value: number,
  [min, max]: readonly [number, number],
  unit: string,
  help: string,
): Key<number> {
  return {
    default: value,
    written: String(value),
    wanted: `a whole number${unit && ` of ${unit}`} from ${min} to ${max}`,
    unit: unit || undefined,
    help,
    parse(text) {
      if (!/^[+-]?\d{1,16}$/.test(text)) return undefined;
      const parsed = Number(text);
      return parsed >= min && parsed <= max ? parsed : undefined;
    },
  };
}

const MILLISECONDS = { seconds: 1000, milliseconds: 1 } as const;

/** A whole number of seconds or milliseconds in the ini; milliseconds everywhere else. */
export function duration(
  value: number,
  range: readonly [number, number],
  unit: keyof typeof MILLISECONDS,
  help: string,
): Key<number> {
  const written = integer(value, range, unit, help);
  return {
    ...written,
    default: value * MILLISECONDS[unit],
    parse(text) {
      const parsed = written.parse(text);
      return parsed === undefined ? undefined : parsed * MILLISECONDS[unit];
    },
  };
}

/** A TCP or UDP port; 0 switches the protocol off. */
export function port(value: number, help: string): Key<number> {
  return {
    ...integer(value, [0, 65535], "", help),
    wanted: "a port from 1 to 65535, or 0 for off",
  };
}

const SPOKEN = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["0", false],
]);

/** True or false, in each way that people write it: yes, on, 1. */
export function boolean(value: boolean, help: string): Key<boolean> {
  return {
    default: value,
    written: String(value),
    wanted: "true or false",
    help,
    parse: (text) => SPOKEN.get(text.toLowerCase()),
  };
}

/** Any text, the empty one included. */
export function text(value: string, help: string): Key<string> {
  return { default: value, written: value, wanted: "a text", help, parse: (text) => text };
}

/** The name of a file in PEM, relative to the folder of the settings; empty for none. */
export function pemFile(pem: "CERTIFICATE" | "PRIVATE KEY", help: string): Key<string> {
  return { ...text("", help), wanted: "a file in PEM", pem };
}

/** Addresses and ranges of addresses, as {@link AddressRanges.of} reads them; empty for none. */
export function addresses(help: string): Key<string> {
  const parse = (text: string) => {
    try {
      AddressRanges.of(text);
      return text;
    } catch {
      return undefined;
    }
  };
  return { ...text("", help), wanted: "addresses and ranges such as 10.0.0.0/8", parse };
}

/** A text that no log shows. */
export function secret(help: string): Key<string> {
  return { ...text("", help), isSecret: true };
}

/** One word out of several; compared without regard to case, given as written here. */
export function choice<T extends string>(
  value: NoInfer<T>,
  words: readonly T[],
  help: string,
): Key<T> {
  return {
    default: value,
    written: value,
    wanted: `one of ${words.join(", ")}`,
    help,
    parse: (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()),
  };
}
