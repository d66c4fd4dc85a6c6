import { ByteWriter } from "../../bytes/mod.ts";
import type { BodySource } from "../../protocols/http/mod.ts";
import { lostEvents, type ServerEvent } from "./event.ts";

/** Events that wait for a reader, and their bytes. */
const MAX_WAITING = 500;
const MAX_WAITING_BYTES = 262_144;

/** One reader's stream of events, as the endless body of a response; one that is too slow loses some. */
export class EventReader implements BodySource {
  readonly length = undefined;
  readonly #wants: (event: ServerEvent) => boolean;
  readonly #onClosed: () => void;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #lost = 0;
  #wake: () => void = () => {};

  constructor(wants: (event: ServerEvent) => boolean, onClosed: () => void) {
    this.#wants = wants;
    this.#onClosed = onClosed;
  }

  get more(): boolean {
    return this.#waiting.length > 0 || this.#lost > 0;
  }

  add(event: ServerEvent): void {
    if (!this.#wants(event)) return;
    const { bytes } = event;
    const isFull = this.#waiting.length >= MAX_WAITING ||
      this.#waitingBytes + bytes.length > MAX_WAITING_BYTES;
    if (isFull) this.#lost++;
    else this.#push(bytes);
  }

  /** Sends something that is no event, where nothing else waits. */
  ping(bytes: Uint8Array): void {
    if (!this.more) this.#push(bytes);
  }

  start(wake: () => void): void {
    this.#wake = wake;
    wake();
  }

  takeBytes(wanted: number): Uint8Array | undefined {
    if (!this.more) return undefined;
    const out = new ByteWriter();
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || out.length < wanted)) {
      out.bytes(this.#waiting[count++]!);
    }
    this.#waiting.splice(0, count);
    this.#waitingBytes -= out.length;
    if (this.#waiting.length === 0 && this.#lost > 0) {
      out.bytes(lostEvents(this.#lost));
      this.#lost = 0;
    }
    return out.take();
  }

  close(): void {
    this.#onClosed();
  }

  #push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#wake();
  }
}
