/** What a socket allows; `src/config/table.ts` has the defaults. */
export interface WebSocketSettings {
  /** Milliseconds without a sign of life, pongs included, after which a socket is closed; 0 for never. */
  readonly timeout: number;
  /** Bytes of one message. */
  readonly maxMessage: number;
  /** Bytes of a message that is JSON for a script. */
  readonly maxText: number;
}

/** How often a socket is pinged at least, in milliseconds. */
export const PING_INTERVAL = 30_000;

/** Milliseconds that a peer has to answer a close frame. */
export const CLOSE_TIMEOUT = 3_000;

/** Bytes of calls that may wait while their client is held; then the socket is not read. */
export const MAX_WAITING_CALLS = 262_144;

/** Bytes of a message that a client may say on a socket that was refused. */
export const REFUSED_MESSAGE = 65_536;

/** Name of the messages about shared objects, in both directions. */
export const SHARED_OBJECT = "__sharedObject";
