import { fromHex } from "../../bytes/mod.ts";
import { hmacSha256, sameSecret } from "../../crypto/mod.ts";
import { isControl } from "./wire/control.ts";
import { MessageType } from "../../flash/mod.ts";
import type { WireMessage } from "./wire/chunk_reader.ts";

/**
 * SWF verification: a server asks which movie it is that connects, and Flash Player answers with a
 * hash of its file. Facts from librtmp, which answers too. It keeps out those who do not know the
 * movie's hash, but not those that have the movie.
 */

/** Events of user control messages. */
const REQUEST = 26;
const RESPONSE = 27;

/** The event, twice the byte 1, twice the file's size, and a code. */
const RESPONSE_SIZE = 2 + 2 + 4 + 4 + 32;

/** Messages that a client may send before its movie is known; more than connect are rare. */
const MAX_WAITING = 16;

/** A movie by the HMAC-SHA256 of its inflated file, and that file's size in bytes. */
interface Movie {
  readonly hash: Uint8Array;
  readonly size: number;
}

/** The movies whose clients are let in. */
export class Movies {
  readonly #movies: readonly Movie[];
  /** Entries that are none. */
  readonly faults: readonly string[];

  /** @param text `HASH:SIZE`, several separated by commas or spaces; the hash in hexadecimal */
  constructor(text: string) {
    const entries = text.split(/[\s,]+/).filter((entry) => entry !== "");
    const movies = entries.map(readMovie);
    this.#movies = movies.filter((movie) => movie !== undefined);
    this.faults = entries.filter((_, at) => movies[at] === undefined);
  }

  /** Whether a response is that of one of the movies; `key` is the end of our S1. */
  includes(response: Uint8Array, key: Uint8Array): boolean {
    if (response.length < RESPONSE_SIZE) return false;
    const size = new DataView(response.buffer, response.byteOffset).getUint32(4);
    const code = response.subarray(RESPONSE_SIZE - 32, RESPONSE_SIZE);
    return this.#movies.some((movie) =>
      movie.size === size && sameSecret(code, hmacSha256(key, movie.hash))
    );
  }
}

function readMovie(entry: string): Movie | undefined {
  const [, hex = "", size = ""] = /^([0-9a-f]{64}):([1-9]\d{0,9})$/i.exec(entry) ?? [];
  const hash = fromHex(hex);
  return hash?.length === 32 ? { hash, size: Number(size) } : undefined;
}

/** What becomes of a message before the movie is known. */
export type Passage = "passes" | "waits" | "opened" | "refused";

/** Holds what a client says until its movie is known. */
export class SwfGate {
  readonly #movies: Movies;
  readonly #ask: (event: number) => void;
  #waiting: WireMessage[] = [];
  /** The client was asked, and has not answered. */
  isAsked = false;

  /** @param ask sends the event that asks for the movie */
  constructor(movies: Movies, ask: (event: number) => void) {
    this.#movies = movies;
    this.#ask = ask;
  }

  /** Takes a message; control messages pass. @param key the end of our S1 */
  handleMessage(message: WireMessage, key: Uint8Array): Passage {
    const { type, payload } = message;
    const isEvent = type === MessageType.userControl;
    if (isEvent && payload[0] === 0 && payload[1] === RESPONSE) {
      return this.#movies.includes(payload, key) ? "opened" : "refused";
    }
    if (isEvent || isControl(type)) return "passes";
    if (!this.isAsked) this.#ask(REQUEST);
    this.isAsked = true;
    this.#waiting.push(message);
    return this.#waiting.length > MAX_WAITING ? "refused" : "waits";
  }

  /** What waited, in order. */
  release(): WireMessage[] {
    return this.#waiting.splice(0);
  }
}
