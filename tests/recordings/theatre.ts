import { FlashPeer, type Received, statuses as statusesOf } from "../support/flash_peer.ts";
import { flvOf } from "./film_bytes.ts";
import { Scene, settle } from "./scene.ts";

/** A client that plays files on a fake clock. */
export class Theatre extends Scene {
  readonly peer: FlashPeer;
  readonly id: number;

  constructor(seconds = 10, frameSize = 6) {
    super();
    this.storage.put("/rec/live/film.flv", flvOf(seconds, frameSize));
    this.storage.put("/rec/live/short.flv", flvOf(1));
    this.peer = new FlashPeer(this.hub);
    this.id = this.peer.ready();
  }

  async command(name: string, ...args: unknown[]): Promise<Received[]> {
    const messages = this.peer.command(this.id, name, ...args);
    await settle();
    return [...messages, ...this.peer.take()];
  }

  /** Lets time pass in small steps, as reading needs turns between. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= 100) {
      this.clock.advance(Math.min(100, left));
      await settle();
    }
  }

  /** Times of the frames that came since the last call, pictures and sound. */
  times(): number[] {
    return this.peer.takeMedia().filter(([, { kind, role }]) =>
      (kind === "video" || kind === "audio") && role !== "config"
    ).map(([, { time }]) => time);
  }

  newest(): number {
    return this.times().at(-1) ?? -1;
  }
}

/** Those that are commands: the media's own begin is one too. */
export const statuses = (messages: readonly Received[]) =>
  statusesOf(messages.filter(({ type }) => type === 20));

export const brief = (messages: readonly Received[]) =>
  messages.map(({ type, values, payload }) => {
    if (type === 4) return `control ${payload?.[1]}`;
    const [name] = values ?? [];
    const info = values?.find((value) => typeof value === "object" && value !== null) as
      | { code?: string }
      | undefined;
    return info?.code ?? String(name);
  });
