import type { Level } from "../base/mod.ts";
import { type Log, NamedLog } from "../logs/mod.ts";

/** A log whose lines count as those of the peer that caused them, so that it cannot fill it. */
export class PeerLog extends NamedLog {
  readonly #log: Log;
  readonly #peer: () => string | undefined;

  /** @param peer `host:port` of the client that causes the running event */
  constructor(log: Log, peer: () => string | undefined) {
    super([]);
    this.#log = log;
    this.#peer = peer;
  }

  get dumps(): boolean {
    return this.#log.dumps;
  }

  isEnabled(level: Level): boolean {
    return this.#log.isEnabled(level);
  }

  child(name: string): Log {
    return new PeerLog(this.#log.child(name), this.#peer);
  }

  override causedBy(peer: string): Log {
    return this.#log.causedBy(peer);
  }

  dump(title: string, bytes: Uint8Array): void {
    this.#log.dump(title, bytes);
  }

  protected write(level: Level, message: string): void {
    const peer = this.#peer();
    const log = peer === undefined ? this.#log : this.#log.causedBy(peer);
    log[level.toLowerCase() as Lowercase<Level>](message);
  }
}
