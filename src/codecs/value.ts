/** The JavaScript form of what the formats carry: see {@link ValueReader} and {@link ValueWriter}. */

import type { VectorKind } from "./data.ts";

/** Key under which an object keeps its class name, out of the way of its properties. */
export const className: unique symbol = Symbol("className");

/** Named values: no prototype, so that a peer's `__proto__` is a name like any other. */
export interface ValueObject {
  [name: string]: Value;
  [className]?: string;
}

/** True for an object that was decoded from a message: no array, map or other kind of value. */
export function isValueObject(value: Value): value is ValueObject {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null;
}

/**
 * Any decoded value. A `Map` is an associative or mixed array: text keys are its named part, the
 * numbers 0 to n-1 its elements.
 */
export type Value =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | Value[]
  | Map<Value, Value>
  | Vector
  | Xml
  | ValueObject;

/** A date whose sender told its time zone, in minutes (AMF0 only). */
export class ZonedDate extends Date {
  readonly zone: number;

  constructor(time: number, zone: number) {
    super(time);
    this.zone = zone;
  }
}

/** An AMF3 Dictionary: keys of any type. */
export class Dictionary extends Map<Value, Value> {
  weakKeys = false;
}

/** An AMF3 vector. */
export class Vector {
  readonly kind: VectorKind;
  readonly items: Value[];
  readonly fixed: boolean;

  constructor(kind: VectorKind, items: Value[], fixed = false) {
    this.kind = kind;
    this.items = items;
    this.fixed = fixed;
  }
}

/** An XML document as text; `legacy` is AMF's XMLDocument, otherwise E4X's XML. */
export class Xml {
  readonly text: string;
  readonly legacy: boolean;

  constructor(text: string, legacy = false) {
    this.text = text;
    this.legacy = legacy;
  }
}
