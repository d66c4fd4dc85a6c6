import { HttpError } from "../../protocols/http/mod.ts";
import type { Schema } from "./schema.ts";

/** One value that a request brings, in its query or its body. */
export interface Field<T> {
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly help: string;
  /** What a value must be, as the end of "wanted …". */
  readonly wanted: string;
  /** What it is when the request does not have it; undefined where it is required. */
  readonly otherwise: T | undefined;
  /** Undefined for a value that it cannot be. A query brings nothing but texts. */
  parse(value: unknown): T | undefined;
}

/** Fields by their names. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** What the fields of a request were read as. */
export type Read<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** Characters of a text where nothing else is said. */
const LONGEST_TEXT = 1_024;
/** Characters of a bad value that a message shows. */
const SHOWN = 60;

/** A text that may be left out: then it is empty. */
export function text(help: string, longest = LONGEST_TEXT): Field<string> {
  return {
    schema: { type: "string", maxLength: longest },
    isRequired: false,
    help,
    wanted: `a text of at most ${longest} characters`,
    otherwise: "",
    parse: (value) => typeof value === "string" && value.length <= longest ? value : undefined,
  };
}

/** A text that has to be there, and not empty. */
export function neededText(help: string, longest = LONGEST_TEXT): Field<string> {
  const any = text(help, longest);
  return {
    ...any,
    schema: { ...any.schema, minLength: 1 },
    isRequired: true,
    wanted: `a text of 1 to ${longest} characters`,
    otherwise: undefined,
    parse: (value) => any.parse(value) || undefined,
  };
}

/** A whole number. */
export function whole(
  otherwise: number,
  [min, max]: readonly [number, number],
  help: string,
): Field<number> {
  return {
    schema: { type: "integer", minimum: min, maximum: max, default: otherwise },
    isRequired: false,
    help,
    wanted: `a whole number from ${min} to ${max}`,
    otherwise,
    parse(value) {
      const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
      return Number.isInteger(number) && number as number >= min && number as number <= max
        ? number as number
        : undefined;
    },
  };
}

/** One word of several; compared as it is. */
export function word<T extends string, O extends string = T>(
  otherwise: O,
  words: readonly T[],
  help: string,
): Field<T | O> {
  return {
    schema: { type: "string", enum: words },
    isRequired: false,
    help,
    wanted: `one of ${words.join(", ")}`,
    otherwise,
    parse: (value) => words.find((word) => word === value),
  };
}

/** Values of any kind, in their order. */
export function list(help: string, longest: number): Field<readonly unknown[]> {
  return {
    schema: { type: "array", items: {}, maxItems: longest },
    isRequired: false,
    help,
    wanted: `a list of at most ${longest} values`,
    otherwise: [],
    parse: (value) => Array.isArray(value) && value.length <= longest ? value : undefined,
  };
}

/** Texts by names, at least one. */
export function texts(help: string, most: number): Field<ReadonlyMap<string, string>> {
  return {
    schema: {
      type: "object",
      additionalProperties: { type: "string", maxLength: LONGEST_TEXT },
      minProperties: 1,
      maxProperties: most,
    },
    isRequired: true,
    help,
    wanted: `an object of 1 to ${most} texts`,
    otherwise: undefined,
    parse(value) {
      if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
      const entries = Object.entries(value);
      const isGood = entries.length > 0 && entries.length <= most &&
        entries.every(([, text]) => typeof text === "string" && text.length <= LONGEST_TEXT);
      return isGood ? new Map(entries as [string, string][]) : undefined;
    },
  };
}

/**
 * Reads the values that a request brings.
 * @throws HttpError 400 for a name that is none of the fields, and for a value that a field cannot be
 */
export function readFields<F extends Fields>(
  fields: F,
  given: Iterable<readonly [string, unknown]>,
): Read<F> {
  const values = new Map<string, unknown>();
  for (const [name, value] of given) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (field === undefined) {
      const names = Object.keys(fields).join(", ") || "nothing";
      throw new HttpError(400, `there is no ${shown(name)} here, but ${names}`);
    }
    const parsed = field.parse(value);
    if (parsed === undefined) {
      throw new HttpError(400, `${name}: ${shown(value)} is not ${field.wanted}`);
    }
    values.set(name, parsed);
  }
  for (const [name, { isRequired, wanted, otherwise }] of Object.entries(fields)) {
    if (values.has(name)) continue;
    if (isRequired) throw new HttpError(400, `${name} is missing: ${wanted}`);
    values.set(name, otherwise);
  }
  return Object.fromEntries(values) as Read<F>;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
