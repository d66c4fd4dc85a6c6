import { ByteReader, encodeText, fromHex, ProtocolError } from "../../../bytes/mod.ts";
import { sha256 } from "../../../crypto/mod.ts";
import { readOptions } from "../wire/option.ts";

/** What a member of a NetGroup has to know. */
export interface GroupSpec {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** The specification up to its last option: who knows it may join. */
  readonly secret: Uint8Array;
}

const PREFIX = "G:";
const VERSION = 0x7f;
const MAX_SPEC = 4096;

/**
 * Reads what `GroupSpecifier.toString()` gives, such as `G:027f02010101000103010c050e74657374011b00`.
 * @throws ProtocolError when it is none
 */
export function readGroupSpec(text: string): GroupSpec {
  const bytes = text.startsWith(PREFIX) && text.length <= MAX_SPEC
    ? fromHex(text.slice(PREFIX.length))
    : undefined;
  // Who knows it may join: it is not repeated in an error.
  if (bytes === undefined) throw new ProtocolError("no group specification: G: and hexadecimal");
  const input = new ByteReader(bytes);
  const options = readOptions(input);
  if (options.length === 0 || bytes[input.offset - 1] !== 0) {
    throw new ProtocolError("a group specification without its end, 00");
  }
  const end = PREFIX.length + 2 * (input.offset - 1);
  const secret = encodeText(text.slice(0, end));
  const version = options.find(({ type }) => type === VERSION)?.value[0];
  const hash = sha256(secret);
  return { id: version === 2 ? sha256(hash) : hash, secret };
}
