import { NOTHING, ProtocolError } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import { BLOCK_SIZE } from "../params.ts";
import { agree, type Ciphers } from "./encryption.ts";
import { findDigest, publicKeyIn, signS1, signS2 } from "./digest.ts";

/** Bytes of {@link Handshake.proof}. */
const PROOF_SIZE = 32;

const VERSION = 3;
/** RTMPE: the same handshake with public keys in C1 and S1; what follows is encrypted. */
const ENCRYPTED_VERSION = 6;

/** From here on the first byte is text of another protocol (§5.2.2). */
const FIRST_TEXT_VERSION = 32;

/** Version that a signed S1 announces: those below 3.5 make players fall back to older codecs. */
const SERVER_VERSION = [4, 5, 0, 1] as const;

/** A rate refuses the handshake, and says so in the log itself. */
export class HandshakeRefused extends Error {}

export interface HandshakeOptions {
  /** Gives bytes that cannot be foretold; fixed in tests. */
  readonly random?: (count: number) => Uint8Array;
  /** Whether a client may have RTMPE now; without it none may. */
  readonly mayEncrypt?: () => boolean;
}

/** The server's side of the handshake: simple (§5.2), or with digests when the client has them. */
export class Handshake {
  readonly #random: (count: number) => Uint8Array;
  readonly #mayEncrypt: (() => boolean) | undefined;
  #version = VERSION;
  #ciphers: Ciphers | undefined;
  #proof: Uint8Array = NOTHING;
  #c1: Uint8Array | undefined;
  /** Bytes received of C0, C1 and C2 together. */
  #received = 0;

  constructor({ random = randomBytes, mayEncrypt }: HandshakeOptions = {}) {
    this.#random = random;
    this.#mayEncrypt = mayEncrypt;
  }

  /** The end of S1, by which a client proves which movie it is; empty before. */
  get proof(): Uint8Array {
    return this.#proof;
  }

  /** What encrypts the chunks that follow in each direction; undefined for plain RTMP. */
  get ciphers(): Ciphers | undefined {
    return this.#ciphers;
  }

  /** True once C2 has come: chunks follow. */
  get isDone(): boolean {
    return this.#received === 1 + 2 * BLOCK_SIZE;
  }

  /**
   * Takes what belongs to the handshake and returns how much that was. S0, S1 and S2 go to `send`
   * once C1 is whole. C2 is not looked at: it proves nothing that matters to a server.
   * @param now milliseconds, told to the client as the server's time
   * @throws ProtocolError when the peer speaks something else
   */
  readHandshake(input: Uint8Array, now: number, send: (bytes: Uint8Array) => void): number {
    let at = 0;
    if (this.#received === 0 && input.length > 0) {
      this.#version = this.#checkVersion(input[at++]!);
      this.#received = 1;
    }
    const ofC1 = this.#received - 1;
    if (ofC1 < BLOCK_SIZE && at < input.length) {
      const c1 = this.#c1 ??= new Uint8Array(BLOCK_SIZE);
      const count = Math.min(BLOCK_SIZE - ofC1, input.length - at);
      c1.set(input.subarray(at, at + count), ofC1);
      at += count;
      this.#received += count;
      if (ofC1 + count === BLOCK_SIZE) {
        send(this.#answer(c1, now));
        this.#c1 = undefined;
      }
    }
    if (this.#received > BLOCK_SIZE) {
      const count = Math.min(1 + 2 * BLOCK_SIZE - this.#received, input.length - at);
      at += count;
      this.#received += count;
    }
    return at;
  }

  #answer(c1: Uint8Array, now: number): Uint8Array {
    const answer = new Uint8Array(1 + 2 * BLOCK_SIZE);
    answer[0] = this.#version;
    const s1 = answer.subarray(1, 1 + BLOCK_SIZE);
    const s2 = answer.subarray(1 + BLOCK_SIZE);
    new DataView(answer.buffer).setUint32(1, now);
    s1.set(this.#random(BLOCK_SIZE - 8), 8);
    // A client of version 0 does not sign (§5.2.3 has zeros here).
    const isSigned = c1[4] !== 0 || c1[5] !== 0 || c1[6] !== 0 || c1[7] !== 0;
    const found = isSigned ? findDigest(c1) : undefined;
    if (found === undefined) {
      this.#proof = s1.slice(-PROOF_SIZE);
      if (this.#version === ENCRYPTED_VERSION) {
        throw new ProtocolError("an encrypted handshake without a digest");
      }
      s2.set(c1);
      return answer;
    }
    s1.set(SERVER_VERSION, 4);
    if (this.#version === ENCRYPTED_VERSION) {
      this.#ciphers = agree(publicKeyIn(c1, found.scheme), publicKeyIn(s1, found.scheme));
    }
    signS1(s1, found.scheme);
    this.#proof = s1.slice(-PROOF_SIZE);
    s2.set(this.#random(BLOCK_SIZE));
    signS2(s2, found.digest);
    return answer;
  }

  #checkVersion(version: number): number {
    if (version === ENCRYPTED_VERSION) {
      if (this.#mayEncrypt === undefined) {
        throw new ProtocolError(
          "the client wants encrypted RTMP, which [RTMP] encryption=false forbids",
        );
      }
      if (!this.#mayEncrypt()) throw new HandshakeRefused("too many encrypted handshakes");
      return version;
    }
    if (version < VERSION || version >= FIRST_TEXT_VERSION) {
      throw new ProtocolError(`a first byte of 0x${version.toString(16)} is not RTMP`, 0);
    }
    return VERSION;
  }
}
