/** What a listener allows and how it behaves; `src/config/table.ts` has the defaults. */
export interface HttpSettings {
  /** Milliseconds without a request after which a connection is closed; 0 for never. */
  readonly timeout: number;
  /** What a folder shows: "true" its index.html, else a listing; "false" neither; a name that file. */
  readonly index: string;
  /** Bytes of a request's header fields. */
  readonly maxHeader: number;
  /** Characters of a request's target. */
  readonly maxTarget: number;
  /** Bytes of a request's body, inflated ones included; media has no limit. */
  readonly maxBody: number;
  /** Bytes of a call in JSON, XML or a form. */
  readonly maxText: number;
  /** Connections of one address; 0 for any number. */
  readonly maxConnections: number;
  /** Requests of one connection, after which it is closed; 0 for any number. */
  readonly maxRequests: number;
  /** Origins whose pages may read answers: `*` for every one, empty for none but this. */
  readonly crossOrigin: string;
}

/** How often idle connections are looked for, in milliseconds. */
export const SWEEP_INTERVAL = 1_000;

/** A file that was looked up so many milliseconds ago is looked up again. */
export const FILE_FRESHNESS = 250;

/** Files up to so many bytes are kept in memory. */
export const CACHED_FILE_SIZE = 65_536;

/** Bytes of all files in memory. */
export const CACHE_SIZE = 33_554_432;

/** A request for more ranges than these gets the whole file (RFC 9110 §14.2 allows it). */
export const MAX_RANGES = 16;

/** Files up to so many bytes may be templates. */
export const MAX_TEMPLATE_SIZE = 4_194_304;

/** A body may take the timeout of the connection and so many milliseconds for each of its bytes. */
export const BODY_TIME_PER_BYTE = 1;

/**
 * A body is inflated so many bytes at a time: DEFLATE makes at most 1,032 of one, so that no slice
 * grows to more than 2.2 MB, which takes 4 ms.
 */
export const INFLATED_SLICE = 2_048;

/** After so many bytes of output, others have their turn. */
export const INFLATED_TURN = 1_048_576;

/** Media or a file may pause for so many milliseconds before the peer counts as gone. */
export const STALL_TIMEOUT = 60_000;

/** A peer that sends no more and takes nothing for so many milliseconds counts as gone. */
export const HALF_CLOSED_TIMEOUT = 10_000;

/** A connection that was told why it ends is closed after so many milliseconds. */
export const LINGER = 2_000;

/** Bodies up to so many bytes are sent in one piece with their head. */
export const JOINED_BODY = 65_536;

/** Bodies of more bytes are given to the connection piece by piece. */
export const PIECED_BODY = 1_048_576;

/** An RTMP tunnel whose client does not ask for so many milliseconds is closed. */
export const TUNNEL_TIMEOUT = 30_000;

/** Requests of one tunnel, and their bytes, that may wait for one before them. */
export const TUNNEL_AHEAD = 8;
export const TUNNEL_AHEAD_BYTES = 1_048_576;

/** A request that is missing is waited for so many milliseconds. */
export const TUNNEL_GAP_TIMEOUT = 3_000;

/** Responses of a tunnel that are kept for requests that come again. */
export const TUNNEL_KEPT_RESPONSES = 2;

/** RTMP tunnels at one time. */
export const MAX_TUNNELS = 10_000;

/** RTMP tunnels that one host may open in a second, after ten times so many at once. */
export const TUNNELS_OF_HOST = 100;

/** Bytes that a tunnel holds for its client, and that one response carries. */
export const TUNNEL_QUEUE = 8_000_000;
export const TUNNEL_RESPONSE = 262_144;
