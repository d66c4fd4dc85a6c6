import { BLOCK } from "../aes_field.ts";
import { sameSecret } from "../digest.ts";
import type {
  CryptoEngine,
  Modulus,
  PacketDecryption,
  PacketEncryption,
  PacketHmac,
} from "../engine.ts";
import { plainEngine } from "../engines.ts";
import {
  checkedBlocks,
  checkedKey,
  checkedLength,
  PacketMemory,
  type PacketSlice,
} from "../packet_memory.ts";
import { BLOCK as HASH_BLOCK, DIGEST } from "../sha256_code.ts";
import { allocated, checked, type LibCrypto, openLibCrypto, type Pointer } from "./libcrypto.ts";
import { NativeModuli } from "./modulus.ts";

/** SHA256_CTX of OpenSSL (openssl/sha.h): 28 words of 32 bits. */
const STATE_SIZE = 112;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
const ENCRYPT = 1;
const DECRYPT = 0;

/** One direction of AES-128-CBC: one context, into which the key of each packet is loaded. */
class Cipher {
  readonly #library: LibCrypto;
  readonly #context: Pointer;
  readonly #vector = new Uint8Array(BLOCK);
  readonly #written = new Uint8Array(4);
  #key: Uint8Array | undefined;

  constructor(library: LibCrypto, direction: number) {
    const { symbols } = library;
    this.#library = library;
    this.#context = allocated(symbols.EVP_CIPHER_CTX_new());
    const aes = symbols.EVP_aes_128_cbc();
    const key = new Uint8Array(BLOCK);
    checked(
      symbols.EVP_CipherInit_ex(this.#context, aes, null, key, this.#vector, direction),
      "AES-128-CBC",
    );
    checked(symbols.EVP_CIPHER_CTX_set_padding(this.#context, 0), "no padding");
  }

  /** @param key the same object for the same key */
  apply(key: Uint8Array<ArrayBuffer>, slice: PacketSlice): void {
    const length = checkedBlocks(slice);
    const { symbols } = this.#library;
    const next = key === this.#key ? null : key;
    checked(
      symbols.EVP_CipherInit_ex(this.#context, null, null, next, this.#vector, -1),
      "a key of AES",
    );
    this.#key = key;
    const bytes = slice.buffer.bytes.subarray(slice.start, slice.end);
    checked(
      symbols.EVP_CipherUpdate(this.#context, bytes, this.#written, bytes, length),
      "AES",
    );
  }

  close(): void {
    this.#library.symbols.EVP_CIPHER_CTX_free(this.#context);
  }
}

/** One key for either direction. */
class NativeKey implements PacketEncryption {
  readonly #cipher: Cipher;
  readonly #key: Uint8Array<ArrayBuffer>;

  constructor(cipher: Cipher, key: Uint8Array) {
    this.#cipher = cipher;
    this.#key = new Uint8Array(checkedKey(key));
  }

  apply(slice: PacketSlice): void {
    this.#cipher.apply(this.#key, slice);
  }

  applyTwo(first: PacketSlice, other: PacketEncryption, second: PacketSlice): void {
    if (first.buffer.memory !== second.buffer.memory) {
      throw new RangeError("packets of different memories");
    }
    checkedBlocks(second);
    this.apply(first);
    other.apply(second);
  }
}

/** The digests of both pads are computed once per key. */
class NativeHmac implements PacketHmac {
  readonly #library: LibCrypto;
  readonly #inner = new Uint8Array(STATE_SIZE);
  readonly #outer = new Uint8Array(STATE_SIZE);
  readonly #state: Uint8Array<ArrayBuffer>;
  readonly #result: Uint8Array<ArrayBuffer>;

  constructor(library: LibCrypto, shared: SharedDigest, key: Uint8Array) {
    if (key.length > HASH_BLOCK) {
      throw new RangeError(`HMAC key of ${key.length} bytes, not 64 or less`);
    }
    this.#library = library;
    this.#state = shared.state;
    this.#result = shared.result;
    for (const [state, pad] of [[this.#inner, INNER_PAD], [this.#outer, OUTER_PAD]] as const) {
      const block = new Uint8Array(HASH_BLOCK);
      block.set(key);
      checked(library.symbols.SHA256_Init(state), "SHA-256");
      this.#update(state, block.map((byte) => byte ^ pad));
    }
  }

  of(slice: PacketSlice): Uint8Array<ArrayBuffer> {
    checkedLength(slice);
    this.#digest(this.#inner, slice.buffer.bytes.subarray(slice.start, slice.end));
    this.#digest(this.#outer, this.#result);
    return this.#result;
  }

  #digest(begun: Uint8Array, bytes: Uint8Array<ArrayBuffer>): void {
    this.#state.set(begun);
    this.#update(this.#state, bytes);
    checked(this.#library.symbols.SHA256_Final(this.#result, this.#state), "SHA-256");
  }

  #update(state: Uint8Array<ArrayBuffer>, bytes: Uint8Array<ArrayBuffer>): void {
    if (state.length !== STATE_SIZE) throw new RangeError("no state of SHA-256");
    checked(this.#library.symbols.SHA256_Update(state, bytes, BigInt(bytes.length)), "SHA-256");
  }
}

interface SharedDigest {
  readonly state: Uint8Array<ArrayBuffer>;
  readonly result: Uint8Array<ArrayBuffer>;
}

/** Ciphers, digests and powers of OpenSSL, which use what the processor has for them. */
class NativeEngine implements CryptoEngine, Disposable {
  readonly #library: LibCrypto;
  readonly #encrypt: Cipher;
  readonly #decrypt: Cipher;
  readonly #moduli: NativeModuli;
  readonly isNative = true;
  readonly #digest: SharedDigest = {
    state: new Uint8Array(STATE_SIZE),
    result: new Uint8Array(DIGEST),
  };

  constructor(library: LibCrypto) {
    this.#library = library;
    this.#encrypt = new Cipher(library, ENCRYPT);
    this.#decrypt = new Cipher(library, DECRYPT);
    this.#moduli = new NativeModuli(library);
  }

  encryption(key: Uint8Array): PacketEncryption {
    return new NativeKey(this.#encrypt, key);
  }

  decryption(key: Uint8Array): PacketDecryption {
    return new NativeKey(this.#decrypt, key);
  }

  hmac(key: Uint8Array): PacketHmac {
    return new NativeHmac(this.#library, this.#digest, key);
  }

  modulus(modulus: Uint8Array): Modulus {
    return this.#moduli.of(modulus);
  }

  /** Closes the library; none of the engine's keys may be used any more. */
  [Symbol.dispose](): void {
    if (this.#library.isClosed) return;
    this.#encrypt.close();
    this.#decrypt.close();
    this.#moduli.close();
    this.#library.close();
  }
}

/**
 * OpenSSL by the system's own calls, compared with {@link plainEngine} before it is used.
 * @throws Error with the reason: no library, no permission, or another result
 */
export function openNativeEngine(): CryptoEngine & Disposable {
  const engine = new NativeEngine(openLibCrypto());
  try {
    compareWithPlain(engine);
  } catch (error) {
    engine[Symbol.dispose]();
    throw error;
  }
  return engine;
}

/** Packets of the self-test: one block, and about the longest. */
const TEST_LENGTHS = [16, 1376];

function compareWithPlain(engine: CryptoEngine): void {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  const [buffer] = new PacketMemory().buffers;
  const key = random(BLOCK);
  const hmacKey = random(DIGEST);
  const worked = (
    work: (engine: CryptoEngine, slice: PacketSlice) => Uint8Array,
    length: number,
  ) => {
    const packet = random(length);
    const slice = { buffer, start: HASH_BLOCK, end: HASH_BLOCK + length };
    const [ours, plain] = [engine, plainEngine].map((each) => {
      buffer.bytes.set(packet, HASH_BLOCK);
      return work(each, slice).slice();
    });
    return sameSecret(ours!, plain!);
  };
  const packetOf = ({ start, end }: PacketSlice) => buffer.bytes.subarray(start, end);
  for (const length of TEST_LENGTHS) {
    const answers = {
      encryption: worked((by, slice) => (by.encryption(key).apply(slice), packetOf(slice)), length),
      decryption: worked((by, slice) => (by.decryption(key).apply(slice), packetOf(slice)), length),
      hmac: worked((by, slice) => by.hmac(hmacKey).of(slice), length),
    };
    for (const [name, isSame] of Object.entries(answers)) {
      if (!isSame) {
        throw new Error(`OpenSSL's ${name} of ${length} bytes differs from the plain one`);
      }
    }
  }
  const prime = random(128);
  prime[127]! |= 1;
  const [base, exponent] = [random(128), random(32)];
  const [ours, plain] = [engine, plainEngine].map((each) => each.modulus(prime));
  if (!sameSecret(ours!.power(base, exponent), plain!.power(base, exponent))) {
    throw new Error("OpenSSL's power differs from the plain one");
  }
}
