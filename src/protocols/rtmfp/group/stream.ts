import type { Clock } from "../../../base/mod.ts";
import { hex } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";

import { type StreamKey, writeStreamEnd } from "./messages.ts";
import { PUSHED_TO } from "./params.ts";
import { Parts } from "./parts.ts";
import type { Subscriber } from "./subscriber.ts";

/** A stream that we publish into a group, part by part, to the peers that subscribed. */
export class GroupStream implements StreamKey {
  readonly name: string;
  readonly key: Uint8Array = randomBytes(32);
  /** The key in hexadecimal. */
  readonly id: string = hex(this.key);
  readonly #parts = new Parts();
  readonly #clock: Clock;
  readonly #subscribers: Subscriber[] = [];
  /** Who was told last which parts there are. */
  #told = 0;

  constructor(name: string, clock: Clock) {
    this.name = name;
    this.#clock = clock;
  }

  /** How many peers get it from us. */
  get subscribers(): number {
    return this.#subscribers.length;
  }

  /** Cuts a media message, and pushes its parts to those that asked for them. */
  add(type: number, time: number, payload: Uint8Array): void {
    for (const part of this.#parts.add(type, time, payload, this.#clock.now())) {
      let pushes = 0;
      for (const subscriber of this.#subscribers) {
        if (subscriber.push(part) && ++pushes === PUSHED_TO) break;
      }
    }
  }

  /** The part of that number, while it is kept. */
  part(id: number): Uint8Array | undefined {
    return this.#parts.get(id)?.bytes;
  }

  /** Adds a peer, which is told what there is. */
  addSubscriber(subscriber: Subscriber): void {
    this.#subscribers.push(subscriber);
    this.#tell(subscriber);
  }

  removeSubscriber(subscriber: Subscriber): void {
    const index = this.#subscribers.indexOf(subscriber);
    if (index >= 0) this.#subscribers.splice(index, 1);
  }

  /** Tells one of the peers which parts there are: the next one each time. */
  sendMap(): void {
    const count = this.#subscribers.length;
    if (count > 0) this.#tell(this.#subscribers[++this.#told % count]!);
  }

  /** The stream is over. */
  end(): void {
    const message = writeStreamEnd(this.#parts.end());
    for (const subscriber of this.#subscribers.splice(0)) subscriber.end(message);
  }

  #tell(subscriber: Subscriber): void {
    if (this.#parts.last > 0) subscriber.tell(this.#parts.map(this.#clock.now()), this.#parts.last);
  }
}
