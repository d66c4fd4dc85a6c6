import { encodeText, fromHex, hex } from "../bytes/mod.ts";
import { hmacSha256, sameSecret } from "../crypto/mod.ts";
import { type Action, subjectOf } from "./action.ts";

/** What a link says of itself. */
export type LinkState = "good" | "over" | "wrong";

/**
 * The query of a link that lets in anyone who has it: `expires=…&sig=…`.
 * @param path the name of a stream, or the path of an application or of a file
 * @param expires seconds since the Unix epoch
 */
export function signLink(secret: string, action: Action, path: string, expires: number): string {
  const signature = signatureOf(secret, action, subjectOf(action, path), String(expires));
  return `expires=${expires}&sig=${hex(signature)}`;
}

/** @param now milliseconds since the Unix epoch */
export function linkState(
  secret: string,
  [action, subject]: readonly [Action, string],
  { expires, sig }: { readonly expires: string; readonly sig: string },
  now: number,
): LinkState {
  if (!/^\d{1,11}$/.test(expires)) return "wrong";
  const given = fromHex(sig);
  const wanted = signatureOf(secret, action, subject, expires);
  if (given === undefined || !sameSecret(given, wanted)) return "wrong";
  return Number(expires) * 1000 > now ? "good" : "over";
}

/** HMAC-SHA-256 over action, subject and time, a line each: no stream's name can be a time. */
function signatureOf(secret: string, action: Action, subject: string, expires: string): Uint8Array {
  return hmacSha256(encodeText(secret), encodeText(`${action}\n${expires}\n${subject}`));
}
