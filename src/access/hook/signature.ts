import { encodeText } from "../../bytes/mod.ts";
import { hmacSha256 } from "../../crypto/mod.ts";

/**
 * Headers by which a hook knows that a request is this server's, as the specification Standard
 * Webhooks has them: HMAC-SHA-256 over id, time and body.
 * @param secret its bytes in base64 behind `whsec_`, else a text
 * @param time seconds since the Unix epoch
 */
export function signatureHeaders(
  secret: string,
  id: string,
  time: number,
  body: string,
): Record<string, string> {
  const ids = { "webhook-id": id, "webhook-timestamp": String(time) };
  if (secret === "") return ids;
  const signed = hmacSha256(keyOf(secret), encodeText(`${id}.${time}.${body}`));
  return { ...ids, "webhook-signature": `v1,${base64(signed)}` };
}

const PREFIX = "whsec_";

function keyOf(secret: string): Uint8Array {
  if (!secret.startsWith(PREFIX)) return encodeText(secret);
  try {
    const text = atob(secret.slice(PREFIX.length));
    return Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  } catch {
    return encodeText(secret);
  }
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
