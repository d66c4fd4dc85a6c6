import type { ByteSource } from "../../net/mod.ts";

/** Where a socket's bytes go: the queue of its connection. */
export interface SocketOutput {
  /** Queues bytes, which the caller does not change any more. */
  send(bytes: Uint8Array): void;
  /** Takes bytes from `source` too, when those of {@link send} are written. */
  attach(source: ByteSource): void;
  detach(source: ByteSource): void;
  /** A source has something to take. */
  readonly wake: () => void;
  /** Writes what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  abort(): void;
}
