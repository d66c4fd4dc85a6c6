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

/** Milliseconds for which what is known of a file is used without another look. */
export const FILE_FRESHNESS = 250;

/** The largest file that is kept in memory, in bytes. */
export const CACHED_FILE_SIZE = 65_536;

/** The largest sum of all files in memory, in bytes. */
export const CACHE_SIZE = 33_554_432;

/** A request for more ranges than these gets the whole file (RFC 9110 §14.2 allows it). */
export const MAX_RANGES = 16;

/** The largest file whose placeholders are filled, in bytes. */
export const MAX_TEMPLATE_SIZE = 4_194_304;

/** Milliseconds that a body may take for each of its bytes, beyond the timeout of its connection. */
export const BODY_TIME_PER_BYTE = 1;

/**
 * Bytes of a body that are inflated at a time: DEFLATE makes at most 1,032 of one, so that no slice
 * grows to more than 2.2 MB, which takes 4 ms.
 */
export const INFLATED_SLICE = 2_048;

/** Bytes of output after which the inflating of a body lets other work run. */
export const INFLATED_TURN = 1_048_576;

/** Milliseconds without progress after which the peer of media or of a file counts as gone. */
export const STALL_TIMEOUT = 60_000;

/** Milliseconds after which a peer that sends no more and takes nothing counts as gone. */
export const HALF_CLOSED_TIMEOUT = 10_000;

/** Milliseconds that a peer has to read why its connection ends. */
export const LINGER = 2_000;

/** The largest body that is sent in one piece with its head, in bytes. */
export const JOINED_BODY = 65_536;

/** The largest body that is given to the connection at once, in bytes. */
export const PIECED_BODY = 1_048_576;

/** Idle timeout of an RTMP tunnel, in milliseconds. */
export const TUNNEL_TIMEOUT = 30_000;

/** Requests of one tunnel, and their bytes, that may wait for one before them. */
export const TUNNEL_AHEAD = 8;
export const TUNNEL_AHEAD_BYTES = 1_048_576;

/** Milliseconds that a tunnel waits for a request that is missing. */
export const TUNNEL_GAP_TIMEOUT = 3_000;

/** Responses of a tunnel that are kept for requests that come again. */
export const TUNNEL_KEPT_RESPONSES = 2;

/** RTMP tunnels at one time. */
export const MAX_TUNNELS = 10_000;

/** Bytes that a tunnel holds for its client, and that one response carries. */
export const TUNNEL_QUEUE = 8_000_000;
export const TUNNEL_RESPONSE = 262_144;

/** Files of media beside the containers of live streams, and lists of recordings. */
export const FILM_EXTENSIONS: ReadonlySet<string> = new Set([
  ...["mp4", "m4v", "m4a", "mov", "f4v", "m4s", "m3u8", "recordings"],
]);
