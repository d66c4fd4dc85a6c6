/** AMF3 type markers (AMF3 specification §3.1). */
export const Amf3 = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
  vectorInt: 0x0d,
  vectorUint: 0x0e,
  vectorDouble: 0x0f,
  vectorObject: 0x10,
  dictionary: 0x11,
} as const;

/** Integers have 29 bits with sign (§3.6); others travel as doubles. */
export const MIN_AMF3_INTEGER = -0x10000000;
export const MAX_AMF3_INTEGER = 0x0fffffff;

/** A length shares its 29 bits with a flag. */
export const MAX_AMF3_LENGTH = 0x0fffffff;

/**
 * Externalizable classes of Flex whose body is one AMF value, each with the property that this
 * value is: an object of this class with this property stands for it in every other format.
 */
export const FLEX_TYPES: ReadonlyMap<string, string> = new Map([
  ["flex.messaging.io.ArrayCollection", "source"],
  ["flex.messaging.io.ArrayList", "source"],
  ["flex.messaging.io.ObjectProxy", "object"],
]);
