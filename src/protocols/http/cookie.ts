/** RFC 6265 §4.1.1: a cookie's name is a token, its value has no control, space, quote, comma, semicolon or backslash. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** What stands for itself in a value: no percent sign either, which begins an encoded one. */
const VALUE = /^[\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
/** A path or domain: no control, no semicolon. */
const ATTRIBUTE = /^[\x20-\x3a\x3c-\x7e]+$/;

/**
 * The Set-Cookie header that stores `value` under `key`; undefined when either cannot be in one.
 * A value with characters that cookies lack is percent-encoded.
 * @param options expires (seconds from now, negative to delete; or a date), path, domain, secure,
 *   httpOnly; others are passed over
 * @param now milliseconds since the Unix epoch
 */
export function cookieHeader(
  key: string,
  value: string,
  options: ReadonlyMap<string, string>,
  now: number,
): string | undefined {
  if (!TOKEN.test(key) || !value.isWellFormed()) return undefined;
  const sent = VALUE.test(value) ? value : encodeURIComponent(value);
  let header = `${key}=${sent}`;
  for (const [name, option] of options) {
    const attribute = attributeOf(name.toLowerCase(), option, now);
    if (attribute === undefined) return undefined;
    header += attribute;
  }
  return header;
}

function attributeOf(name: string, value: string, now: number): string | undefined {
  switch (name) {
    case "expires": {
      const seconds = Number(value);
      const time = value.trim() === "" || Number.isNaN(seconds)
        ? Date.parse(value)
        : now + seconds * 1000;
      const date = new Date(time);
      return Number.isNaN(date.getTime()) ? undefined : `; Expires=${date.toUTCString()}`;
    }
    case "path":
    case "domain":
      if (!ATTRIBUTE.test(value)) return undefined;
      return `; ${name === "path" ? "Path" : "Domain"}=${value}`;
    case "secure":
      return isOn(value) ? "; Secure" : "";
    case "httponly":
      return isOn(value) ? "; HttpOnly" : "";
    default:
      return "";
  }
}

function isOn(value: string): boolean {
  return value !== "" && value !== "false" && value !== "0";
}
