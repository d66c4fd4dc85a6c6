import { encodeText } from "../bytes/mod.ts";
import { MAX_PART, MAX_PATH } from "./params.ts";

/** How a recording is written; the ending of its name says which. */
export const FORMATS = ["flv", "mp4"] as const;

export type Format = typeof FORMATS[number];

/** Where neither a name nor a setting says one. */
export const DEFAULT_FORMAT: Format = "mp4";

/** The format that the ending of a name says; undefined for another ending or none. */
export function formatOf(name: string): Format | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase();
  return FORMATS.find((format) => format === ending);
}

/** What the name of a recording is made of. */
export interface NameParts {
  /** "" for the root, else "/a/b". */
  readonly application: string;
  readonly stream: string;
  /** Milliseconds since the Unix epoch. */
  readonly start: number;
}

/**
 * Fills `%app`, `%name` and the time (UTC) by `%Y %m %d %H %M %S`, `%f` (milliseconds), `%s` (Unix
 * time) into a pattern. What a client chose cannot leave the folder: see {@link safePath}.
 */
export function fillPattern(pattern: string, { application, stream, start }: NameParts): string {
  const date = new Date(start);
  const [shortPattern, shortStream] = [pattern, stream].map((text) => text.slice(0, MAX_PATH));
  const digits = (value: number, count = 2) => String(value).padStart(count, "0");
  const filled = shortPattern!.replace(/%(app|name|[YmdHMSfs%])/g, (_whole, key: string) => {
    switch (key) {
      case "app":
        return application;
      case "name":
        return shortStream!;
      case "Y":
        return digits(date.getUTCFullYear(), 4);
      case "m":
        return digits(date.getUTCMonth() + 1);
      case "d":
        return digits(date.getUTCDate());
      case "H":
        return digits(date.getUTCHours());
      case "M":
        return digits(date.getUTCMinutes());
      case "S":
        return digits(date.getUTCSeconds());
      case "f":
        return digits(date.getUTCMilliseconds(), 3);
      case "s":
        return String(Math.floor(start / 1000));
      default:
        return "%";
    }
  });
  return safePath(filled);
}

/** What no part of a path may hold on some system or other, control characters included. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\x00-\x1f\x7f<>:"|?*\\]/g;
/** Names of devices on Windows, whatever their ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A path below a folder, whatever the text: no part of it is empty, "..", hidden or too long for a
 * disk.
 */
export function safePath(text: string): string {
  const parts = text.split("/").filter((part) => part !== "").map(safePart);
  const path = parts.join("/") || "_";
  return encodeText(path).length <= MAX_PATH ? path : cut(path.replaceAll("/", "_"), MAX_PART);
}

/** What keeps a text from being the path of a recording as it stands; undefined when nothing does. */
export function pathFault(text: string): string | undefined {
  if (text === "") return "is empty";
  if (text.startsWith("/") || /^[a-z]:/i.test(text)) return "is not relative";
  if (text.split(/[/\\]/).some((part) => part === "..")) return `has ".."`;
  return undefined;
}

function safePart(part: string): string {
  const plain = part.replace(UNSAFE, "_").replace(/^[.\s]|[.\s]$/g, "_");
  return cut(DEVICE.test(plain) ? `_${plain}` : plain, MAX_PART);
}

/** A text whose end is its hash, when it is too long: two long names stay two. */
function cut(text: string, limit: number): string {
  const bytes = encodeText(text);
  if (bytes.length <= limit) return text;
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  const ending = /\.[a-z0-9]{1,8}$/i.exec(text)?.[0] ?? "";
  const end = `~${hash.toString(36)}${ending}`;
  const kept = new TextDecoder().decode(bytes.subarray(0, limit - end.length));
  return kept.replace(/�$/, "") + end;
}
