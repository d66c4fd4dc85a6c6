import { HASHES, hmac, isHash, randomBytes } from "../../crypto/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { type Member, method } from "../lua/definition.ts";
import type { Mona } from "./mona_type.ts";

/** Instructions that an HMAC costs, and the bytes that cost one more. */
const HMAC = 500;
const BYTES_PER_INSTRUCTION = 2;
/** Bytes that one call of `random` gives at most. */
const MAX_RANDOM = 65_536;

/** The members of `mona` that sign and encode. */
export const secrets: Readonly<Record<string, Member<Mona>>> = {
  hmac: method((_mona, args) => {
    const hash = args.text(3, "sha256").toLowerCase();
    if (!isHash(hash)) return args.fail(3, `one of ${HASHES.join(", ")} expected`);
    const key = args.bytes(1);
    const { length } = args.view(2);
    args.vm.spend(HMAC + length / BYTES_PER_INSTRUCTION);
    return hmac(hash, key, args.view(2));
  }),
  base64: method((_mona, args) => {
    const isUrl = alphabetOf(args, 2) === "url";
    const bytes = args.bytes(1);
    return bytes.toBase64(isUrl ? { alphabet: "base64url", omitPadding: true } : {});
  }),
  fromBase64: method((_mona, args) => {
    const text = args.text(1).replaceAll("-", "+").replaceAll("_", "/");
    try {
      return Uint8Array.fromBase64(text);
    } catch {
      return null;
    }
  }),
  random: method((_mona, args) => {
    const count = args.number(1);
    if (!(count >= 0 && count <= MAX_RANDOM)) args.fail(1, `0 to ${MAX_RANDOM} bytes expected`);
    return randomBytes(Math.trunc(count));
  }),
};

/** Which alphabet (RFC 4648 §4 or §5) is wanted. */
function alphabetOf(args: Arguments, index: number): string {
  const name = args.text(index, "");
  if (name !== "" && name !== "url") args.fail(index, "'url' expected");
  return name;
}
