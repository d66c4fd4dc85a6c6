import { ProtocolError } from "../../../bytes/mod.ts";
import { DiffieHellman, hmacSha256, Rc4 } from "../../../crypto/mod.ts";
import { BLOCK_SIZE } from "../params.ts";

/**
 * RTMPE: a Diffie-Hellman agreement in the blocks of the handshake, then RC4. It hides a stream from
 * those who only listen; nothing proves who the server is. Not part of the RTMP specification; facts
 * from librtmp, which is the client that speaks it.
 */

/** The ciphers of one connection. */
export interface Ciphers {
  /** Decrypts what the client sends. */
  readonly input: Rc4;
  /** Encrypts what the client gets. */
  readonly output: Rc4;
}

/** RFC 2409's group of 1024 bits. */
const GROUP = 2;
const SECRET_SIZE = 128;
const RC4_KEY_SIZE = 16;

/**
 * Agrees on keys with the client whose public key is `theirs`, and writes our own to `ours`, in S1.
 * @throws ProtocolError for a key that gives the secret away
 */
export function agree(theirs: Uint8Array, ours: Uint8Array): Ciphers {
  // Implementations differ in what they do with a leading zero: one in 256 is not used.
  for (;;) {
    const pair = new DiffieHellman(GROUP);
    const secret = pair.sharedSecret(theirs);
    if (secret === undefined) throw new ProtocolError("a public key that is none");
    if (secret.length < SECRET_SIZE) continue;
    ours.set(pair.publicKey);
    return { input: cipher(secret, ours), output: cipher(secret, theirs) };
  }
}

/** As many bytes of the key stream as a block has are not used. */
function cipher(secret: Uint8Array, publicKey: Uint8Array): Rc4 {
  const rc4 = new Rc4(hmacSha256(secret, publicKey).subarray(0, RC4_KEY_SIZE));
  rc4.skip(BLOCK_SIZE);
  return rc4;
}
