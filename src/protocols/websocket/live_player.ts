import type { Client, Hub, Listener, ListenerSink, ShapedStream } from "../../hub/mod.ts";
import type { Container } from "../../media/mod.ts";
import { FramedShape } from "./framed_shape.ts";
import type { SocketOutput } from "./output.ts";
import { CloseCode, frame, Opcode } from "./wire/frame.ts";

/** A publication as binary frames on one socket: the same stream of bytes as over HTTP. */
export class LivePlayer implements ListenerSink {
  readonly #hub: Hub;
  readonly #container: Container;
  readonly #listener: Listener;
  readonly #stream: ShapedStream;
  readonly #outbox: SocketOutput;
  readonly #onEnd: (code: number) => void;
  #isHeaded = false;
  /** Media that wait behind the head. */
  #first: Uint8Array | undefined;
  #isOver = false;

  /**
   * @param onEnd told that the socket is to be closed
   * @throws Refusal
   */
  constructor(
    hub: Hub,
    client: Client,
    outbox: SocketOutput,
    name: string,
    container: Container,
    onEnd: (code: number) => void,
  ) {
    this.#hub = hub;
    this.#container = container;
    this.#outbox = outbox;
    this.#onEnd = onEnd;
    const parameters = new Map(new URLSearchParams(client.query));
    this.#listener = hub.subscribe(client, name, this, parameters);
    const shape = new FramedShape(container.shape());
    this.#stream = this.#listener.publication.stream(this.#listener, shape);
  }

  /** The socket is open. */
  start(): void {
    this.#outbox.attach(this);
    this.#outbox.wake();
  }

  get more(): boolean {
    return this.#first !== undefined || this.#stream.more;
  }

  /** The container's head comes with the first media, when it is known what kinds there are. */
  take(wanted: number): Uint8Array | undefined {
    const bytes = this.#first ?? this.#stream.take(wanted);
    this.#first = undefined;
    if (bytes === undefined || this.#isHeaded) return bytes;
    this.#isHeaded = true;
    const head = this.#container.head?.(this.#listener.publication.kinds);
    if (head === undefined) return bytes;
    this.#first = bytes;
    return frame(Opcode.binary, head);
  }

  ready(): void {
    this.#outbox.wake();
  }

  overrun(): void {
    this.#end(CloseCode.tryLater);
  }

  /** Only an end can be told: the media stop. */
  status(code: string): void {
    if (/\.(Failed|Stop)$/.test(code)) this.#end(CloseCode.normal);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#outbox.detach(this);
    this.#stream.close();
    this.#hub.unsubscribe(this.#listener);
  }

  #end(code: number): void {
    this.close();
    this.#onEnd(code);
  }
}
