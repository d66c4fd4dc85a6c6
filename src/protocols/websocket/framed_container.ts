import { ByteWriter } from "../../bytes/mod.ts";
import type { MediaMessage, Shape } from "../../hub/mod.ts";
import type { Container } from "../../media/mod.ts";
import { frame, Opcode, writeFrame } from "./wire/frame.ts";

/** Another container with its head and every message in a binary frame each. */
export function framed({ type, shape, carries, head }: Container): Container {
  return {
    type,
    shape: (parameters, kinds) => new FramedShape(shape(parameters, kinds)),
    ...(carries && { carries }),
    ...(head && { head: (kinds) => frame(Opcode.binary, head(kinds)) }),
  };
}

/** Another shape with every message in a binary frame: the same bytes for every socket. */
class FramedShape implements Shape {
  readonly key: string;
  readonly isPrivate: boolean;
  readonly #inner: Shape;
  readonly #scratch = new ByteWriter(4096);

  constructor(inner: Shape) {
    this.#inner = inner;
    this.key = `framed ${inner.key}`;
    this.isPrivate = inner.isPrivate === true;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    this.#scratch.truncate(0);
    this.#inner.encode(message, this.#scratch);
    if (this.#scratch.length > 0) writeFrame(out, Opcode.binary, this.#scratch.view());
  }
}
