import { ByteWriter } from "../../bytes/mod.ts";
import type { Container, MediaEncoder, MediaMessage } from "../../media/mod.ts";
import { frame, Opcode, writeFrame } from "./wire/frame.ts";

/** Another container with its head and every message in a binary frame each. */
export function framed({ type, encoder, carries, head }: Container): Container {
  return {
    type,
    encoder: (parameters, kinds) => new FramedEncoder(encoder(parameters, kinds)),
    ...(carries && { carries }),
    ...(head && { head: (kinds) => frame(Opcode.binary, head(kinds)) }),
  };
}

/** Another encoding with every message in a binary frame: the same bytes for every socket. */
class FramedEncoder implements MediaEncoder {
  readonly key: string;
  readonly isPrivate: boolean;
  readonly isOrdered: boolean;
  readonly #inner: MediaEncoder;
  readonly #scratch = new ByteWriter(4096);

  constructor(inner: MediaEncoder) {
    this.#inner = inner;
    this.key = `framed ${inner.key}`;
    this.isPrivate = inner.isPrivate === true;
    this.isOrdered = inner.isOrdered === true;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    this.#scratch.truncate(0);
    this.#inner.encode(message, this.#scratch);
    if (this.#scratch.length > 0) writeFrame(out, Opcode.binary, this.#scratch.view());
  }
}
