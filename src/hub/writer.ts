import type { DataReader } from "../codecs/mod.ts";

/** Writes messages of the server (its scripts) to one flow to a client. */
export interface FlowWriter {
  /** False: messages may be lost but come sooner, where the protocol has such a thing. */
  reliable: boolean;
  readonly closed: boolean;
  /** Calls a method of the client with all values of `args`. */
  writeInvocation(name: string, args: DataReader): void;
  /** Answers the call that is being handled, or sends a message, with all values of `args`. */
  writeMessage(args: DataReader): void;
  /**
   * Sends bytes as they are, where the protocol has such a thing; otherwise the values that they
   * are, as {@link writeMessage} would.
   */
  writeRaw(values: DataReader, bytes: () => Uint8Array): void;
  /** Sends the status NetConnection.`code`. */
  writeStatus(code: string, description: string): void;
  /** Sends what is queued; `full` false keeps back what does not fill a packet. */
  flush(full: boolean): void;
  /** Opens a flow to the same client, independent of this one. */
  newFlowWriter(): FlowWriter;
  /** Closes the flow; closing the client's main flow closes its session. */
  close(): void;
}

/** The writer of a client that is gone: what is written to it has no effect. */
export const CLOSED_WRITER: FlowWriter = Object.freeze({
  reliable: true,
  closed: true,
  writeInvocation: () => {},
  writeMessage: () => {},
  writeRaw: () => {},
  writeStatus: () => {},
  flush: () => {},
  newFlowWriter: () => CLOSED_WRITER,
  close: () => {},
});
