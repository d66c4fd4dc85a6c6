import type { ByteWriter } from "../bytes/mod.ts";
import type { MediaMessage } from "./media_message.ts";

/**
 * Writes media in one wire form, such as FLV, or RTMP with one chunk size and stream id. Listeners
 * whose encoders have one key share the bytes.
 */
export interface MediaEncoder {
  /** Two encoders with one key write the same bytes. */
  readonly key: string;
  /**
   * True for an encoder with a state, whose key no other has: it serves one listener, and no
   * message keeps its bytes.
   */
  readonly isPrivate?: boolean;
  /**
   * True for an encoder with a state that all its listeners share: it is given each message of the
   * publication once, in order. A listener that begins before what it has seen has one of its own.
   */
  readonly isOrdered?: boolean;
  /** Appends one message; nothing when the form cannot carry it. */
  encode(message: MediaMessage, out: ByteWriter): void;
}
