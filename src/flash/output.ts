import type { Listener } from "../hub/mod.ts";
import type { PausableInput } from "../net/mod.ts";

/** How a listener's media is to be sent. */
export interface DeliveryOptions {
  /** Data in AMF3, as clients of object encoding 3 expect it. */
  readonly amf3: boolean;
  /** False: media may be lost but comes sooner, where the protocol has such a thing. */
  readonly reliable: boolean;
  /** A file, of which nothing is late: all of it is sent. */
  readonly isRecorded?: boolean;
}

/** A listener's media on its way to the client. */
export interface Delivery {
  /** The listener has something to take; called without `this`. */
  readonly ready: () => void;
  /** Nothing is sent any more. */
  close(): void;
}

/** An ordered stream of messages of NetConnection: of RTMFP a flow, of RTMP the connection. */
export interface MessageFlow {
  send(type: number, payload: Uint8Array, reliable: boolean): void;
  flush(full: boolean): void;
  close(): void;
}

/** What a protocol does for a {@link NetConnection}. */
export interface FlashOutput {
  /** Sends a message of a stream (0 is the connection's own) in order; `payload` is handed over. */
  send(streamId: number, type: number, payload: Uint8Array): void;
  /** What the protocol says before the answer to connect, whatever that is. */
  greet(): void;
  /** Sends a listener's media on a stream, beginning with what it has now. */
  deliver(streamId: number, listener: Listener, options: DeliveryOptions): Delivery;
  /** Carries the messages of the connection itself: stream 0. */
  readonly mainFlow: MessageFlow;
  /** Opens a flow beside it; the same one where the protocol has only one. */
  openFlow(): MessageFlow;
  /** Keeps the client from sending more; absent where that cannot be. */
  readonly input?: PausableInput;
  /** Sends what is queued, then closes the connection. */
  end(): void;
  /** Closes the connection at once. */
  abort(reason: string): void;
  /** Asks the client for a sign of life. */
  probe?(): void;
}
