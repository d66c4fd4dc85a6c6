import {
  ByteReader,
  type ByteWriter,
  encodeText,
  equalBytes,
  ProtocolError,
} from "../../bytes/mod.ts";
import { hmacSha256, sameSecret, sha256 } from "../../crypto/mod.ts";

/** First bytes of a hello: what the connection is for. */
const MAGIC = encodeText("MonaLink");

const WITH_SECRET = 1;
const FOR_STREAM = 2;

export const ID_SIZE = 16;
export const NONCE_SIZE = 32;

/** First frame of both sides. */
export interface Hello {
  readonly version: number;
  /** 16 bytes, drawn when the server started. */
  readonly id: Uint8Array;
  /** 32 bytes, drawn for this connection. */
  readonly nonce: Uint8Array;
  /** True when the server asks for proof of a secret. */
  readonly secret: boolean;
  /** True when the connection is to carry one stream; false for a link of two servers. */
  readonly stream: boolean;
}

/** The body of a hello: magic, 8 bits of version, 8 bits of flags, id, nonce. */
export function writeHello(out: ByteWriter, hello: Hello): void {
  const flags = (hello.secret ? WITH_SECRET : 0) | (hello.stream ? FOR_STREAM : 0);
  out.bytes(MAGIC).u8(hello.version).u8(flags).bytes(hello.id).bytes(hello.nonce);
}

/** @throws ProtocolError when it is none */
export function readHello(body: ByteReader): Hello {
  if (!equalBytes(body.view(MAGIC.length), MAGIC)) {
    throw new ProtocolError("the peer is no server of ours");
  }
  const version = body.u8();
  const flags = body.u8();
  return {
    version,
    id: body.view(ID_SIZE).slice(),
    nonce: body.view(NONCE_SIZE).slice(),
    secret: (flags & WITH_SECRET) !== 0,
    stream: (flags & FOR_STREAM) !== 0,
  };
}

export type Role = "initiator" | "acceptor";

/**
 * What a side shows to prove that it knows the secret: HMAC-SHA-256, keyed by the secret, of its
 * role and both hellos. The nonces in them make it good for this connection only, the role for
 * this side only.
 */
export function proof(
  secret: Uint8Array,
  role: Role,
  initiatorHello: Uint8Array,
  acceptorHello: Uint8Array,
): Uint8Array {
  const both = sha256(sha256(initiatorHello), sha256(acceptorHello));
  return hmacSha256(secret, MAGIC, encodeText(role), both);
}

/** @throws ProtocolError when the peer does not know the secret */
export function checkProof(expected: Uint8Array, body: ByteReader): void {
  if (!sameSecret(body.rest(), expected)) throw new ProtocolError("the secrets differ");
}
