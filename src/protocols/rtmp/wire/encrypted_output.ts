import type { Rc4 } from "../../../crypto/mod.ts";
import type { ByteOutput, ByteSource } from "../../../net/mod.ts";
import { MAX_ENCRYPTED_QUEUE } from "../params.ts";

/**
 * An output whose bytes are encrypted in the order in which they leave: that of the key stream. What
 * is sent waits here until then, since media is made when it can be written.
 */
export class EncryptedOutput implements ByteOutput {
  readonly #output: ByteOutput;
  readonly #cipher: Rc4;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #sources: ByteSource[] = [];
  readonly #source: ByteSource;

  constructor(output: ByteOutput, cipher: Rc4) {
    this.#output = output;
    this.#cipher = cipher;
    const hasMore = () => this.#queued > 0 || this.#sources.some((source) => source.more);
    this.#source = {
      get more() {
        return hasMore();
      },
      takeBytes: (wanted) => this.#take(wanted),
    };
    output.attach(this.#source);
  }

  send(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    if (this.#queued > MAX_ENCRYPTED_QUEUE) this.abort();
    else this.#output.wake(true);
  }

  attach(source: ByteSource): void {
    this.#sources.push(source);
  }

  detach(source: ByteSource): void {
    this.#sources = this.#sources.filter((other) => other !== source);
  }

  readonly wake = (soon?: boolean): void => this.#output.wake(soon);

  end(): void {
    this.#sources = [];
    const bytes = this.#take(0);
    if (bytes !== undefined) this.#output.send(bytes);
    this.#output.end();
  }

  abort(): void {
    this.#queue = [];
    this.#queued = 0;
    this.#sources = [];
    this.#output.abort();
  }

  #take(wanted: number): Uint8Array | undefined {
    const parts = this.#queue;
    let total = this.#queued;
    this.#queue = [];
    this.#queued = 0;
    for (const source of this.#sources) {
      const bytes = source.takeBytes(Math.floor(wanted / this.#sources.length));
      if (bytes === undefined) continue;
      parts.push(bytes);
      total += bytes.length;
    }
    if (total === 0) return undefined;
    // A copy: media is the same memory for all players.
    const encrypted = new Uint8Array(total);
    let at = 0;
    for (const part of parts) {
      encrypted.set(part, at);
      at += part.length;
    }
    this.#cipher.apply(encrypted);
    return encrypted;
  }
}
