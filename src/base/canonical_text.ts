const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;
/** No number that Lua prints is longer: `-9.2233720368548e+18` and `-9223372036854775808`. */
const LONGEST = 21;
const INTEGER = /^(?:0|-?[1-9]\d*)$/;
const FLOAT = /^-?\d+(?:\.\d+)?(?:e[+-]\d\d+)?$/;

/**
 * What a text from a URL, a header or a file is to scripts: a boolean for `true` and `false`, a
 * number when a script would print that number as the same text (`tostring(tonumber(s)) == s`), a
 * bigint when it is a whole one that no double holds. All else, such as `007`, `1e5`, `1.50`, stays
 * the text that it is, so that nothing which only looks like a number loses a character.
 */
export function canonicalValue(text: string): string | number | bigint | boolean {
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "" || text.length > LONGEST) return text;
  if (INTEGER.test(text)) return integer(text);
  if (!FLOAT.test(text)) return text;
  const value = Number(text);
  return floatText(value) === text ? value : text;
}

function integer(text: string): string | number | bigint {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  const exact = BigInt(text);
  return exact < MIN_INTEGER || exact > MAX_INTEGER ? text : exact;
}

/** A float as Lua prints it: 14 digits (`LUAI_NUMFFORMAT`), without the `.0` of a whole one. */
function floatText(value: number): string {
  const [digits = "", power = ""] = value.toExponential(13).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 14) return trimmed(value.toFixed(13 - exponent));
  const sign = exponent < 0 ? "-" : "+";
  return `${trimmed(digits)}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function trimmed(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
