import { binaryText } from "../../bytes/mod.ts";

/**
 * A text with `<% name %>` replaced by the value of that name; a name without a value stays as it is.
 */
export function fillTemplate(
  text: Uint8Array,
  values: ReadonlyMap<string, Uint8Array>,
): Uint8Array<ArrayBuffer> {
  // One character per byte: values and text keep every byte.
  const filled = binaryText(text).replace(
    /<%\s*([^%>\s]+)\s*%>/g,
    (whole, name: string) => {
      const value = values.get(name);
      return value === undefined ? whole : binaryText(value);
    },
  );
  return Uint8Array.from(filled, (sign) => sign.charCodeAt(0));
}
