import type { Clock } from "../../base/mod.ts";
import { ByteWriter, NOTHING } from "../../bytes/mod.ts";
import type { Exhausted, InputCharge } from "../../hub/mod.ts";
import { INFLATED_SLICE, INFLATED_TURN } from "./params.ts";
import { HttpError } from "./wire/error.ts";
import type { Fields } from "./wire/fields.ts";

/** Content codings of request bodies that are understood (RFC 9110 §8.4.1). */
const INFLATERS: ReadonlyMap<string, "gzip" | "deflate"> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
]);

/** A body that grows up to a limit; it takes the memory of its bytes, however small they come. */
export class BodyBuffer {
  readonly #limit: number;
  readonly #charge: InputCharge | undefined;
  /** The whole, as long as it came in one piece. */
  #only: Uint8Array = NOTHING;
  #pieces: ByteWriter | undefined;

  /** @param charge counts what is held; its owner ends it */
  constructor(limit: number, charge?: InputCharge) {
    this.#limit = limit;
    this.#charge = charge;
  }

  get size(): number {
    return this.#pieces?.length ?? this.#only.length;
  }

  /**
   * Keeps a copy, or the part itself when it is the `whole`: then it is for {@link takeBody} at once.
   * @throws HttpError 413, 503 when too much is held of all bodies together
   */
  appendPart(part: Uint8Array, whole = false): void {
    if (this.size + part.length > this.#limit) throw tooLong(this.#limit);
    const exhausted = this.#charge?.takeRoom(part.length);
    if (exhausted !== undefined) throw tooMuch(exhausted);
    if (this.size === 0) {
      this.#only = whole ? part : part.slice();
      return;
    }
    this.#pieces ??= new ByteWriter(2 * this.size).bytes(this.#only);
    this.#pieces.bytes(part);
  }

  takeBody(): Uint8Array {
    return this.#pieces?.take() ?? this.#only;
  }
}

/** The refusal of a body for which there is no memory at this time. */
export function tooMuch(exhausted: Exhausted): HttpError {
  const whose = exhausted === "address" ? " from this address" : "";
  return new HttpError(503, `Too many request bodies${whose} at this time`, [["retry-after", "1"]]);
}

/** The refusal of a body past `limit` bytes. */
export function tooLong(limit: number): HttpError {
  return new HttpError(413, `A body has at most ${limit} bytes here`);
}

/** Whether a body is not sent as it is. */
export function isCompressed(fields: Fields): boolean {
  return codingOf(fields) !== "identity";
}

function codingOf(fields: Fields): string {
  return fields.get("content-encoding")?.trim().toLowerCase() ?? "identity";
}

/** What a decoded body may cost, and who pays. */
export interface DecodeOptions {
  /** Bytes that it may have. */
  readonly limit: number;
  readonly clock: Clock;
  readonly charge?: InputCharge | undefined;
}

/**
 * A body without its content coding: itself, at once, when it has none.
 * @param charge counts what it grows to
 * @throws HttpError 413 past `limit` bytes, 503 as {@link BodyBuffer.appendPart}, 415 for an unknown coding, 400 for a broken body
 */
export function decodeBody(
  fields: Fields,
  body: Uint8Array,
  { limit, clock, charge }: DecodeOptions,
): Uint8Array | Promise<Uint8Array> {
  if (!isCompressed(fields)) return body;
  const coding = codingOf(fields);
  const inflater = INFLATERS.get(coding);
  if (inflater === undefined) {
    throw new HttpError(415, `A body in ${coding}: identity, gzip and deflate are understood`, [
      ["accept-encoding", "gzip, deflate, identity"],
    ]);
  }
  return inflate(body.slice(), inflater, new BodyBuffer(limit, charge), clock);
}

/**
 * Inflates in slices, each of which is looked at before the next one: what a body of few bytes
 * grows to is known while it is little. Others have their turn in between.
 */
async function inflate(
  body: Uint8Array<ArrayBuffer>,
  inflater: "gzip" | "deflate",
  inflated: BodyBuffer,
  clock: Clock,
): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream(inflater);
  const output = readable.getReader();
  const input = writable.getWriter();
  const take = async () => {
    for (let part = await output.read(); !part.done; part = await output.read()) {
      inflated.appendPart(part.value);
    }
  };
  const give = async () => {
    let done = 0;
    for (let at = 0; at < body.length; at += INFLATED_SLICE) {
      await input.write(body.subarray(at, at + INFLATED_SLICE));
      if (inflated.size - done < INFLATED_TURN) continue;
      done = inflated.size;
      await new Promise<void>((resume) => clock.after(0, resume));
    }
    await input.close();
  };
  try {
    await Promise.all([take(), give()]);
  } catch (error) {
    output.cancel().catch(() => {});
    input.abort().catch(() => {});
    if (error instanceof HttpError) throw error;
    throw new HttpError(400, `The body is no ${inflater}`);
  }
  return inflated.takeBody();
}
