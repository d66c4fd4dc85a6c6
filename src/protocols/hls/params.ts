/** Numbers of the second edition of HTTP Live Streaming, "§" in this folder: draft-pantos-hls-rfc8216bis. */

/** What an operator sets; `src/config/table.ts` has the defaults. Times in milliseconds. */
export interface HlsSettings {
  /** Paths of applications, separated by spaces; `*` for all. */
  readonly applications: string;
  /** Of segments where the first request does not say: `ts`, otherwise MP4. */
  readonly format: string;
  readonly segment: number;
  readonly part: number;
  /** Segments of a playlist. */
  readonly count: number;
  /** How long a playlist is, and streams are kept from their begin on; 0 for the count. */
  readonly window: number;
  /** Bytes of one rendition's segments in memory. */
  readonly memory: number;
  /** Sessions of one address; 0 for any number. */
  readonly maxSessions: number;
}

/** The version that playlists are of: delta updates are since 9 (§8). */
export const VERSION = 9;

/** Part targets that a player stays behind the end; at least two (§4.4.3.8), three are advised. */
export const PART_HOLD_BACK = 3;
/** Target durations that one without parts stays behind it: three at least. */
export const HOLD_BACK = 3;
/** Target durations that a delta update may leave out, from the end: six at least. */
export const SKIP_BOUNDARY = 6;
/** Target durations from the end in which playlists have parts (§6.2.2). */
export const LISTED_PARTS = 3;
/** Segments ahead of the playlist that may be asked for, with it (§6.2.5.2). */
export const MAX_AHEAD = 2;
/** Target durations that a request waits for what does not come. */
export const PATIENCE = 3;

/**
 * Media Sequence Number of the first segment. Not 0, since hls.js 1.7 takes the parts of a segment 0
 * for evicted as soon as they are appended, and then waits for a key frame.
 */
export const FIRST_SEGMENT = 1;
/** Milliseconds of segments at most, where key frames are further apart: then they begin without. */
export const LONGEST_SEGMENT = 10_000;
/** Milliseconds that a segment may be shorter than set, so that it ends with a key frame. */
export const SEGMENT_SLACK = 100;
/** Milliseconds that the first segment has at least, and that the next key frame is away, to end early. */
export const EARLY_SEGMENT = 400;
/** Milliseconds without a second key frame after which they are taken to be far apart. */
export const LONG_GROUP = 4_000;
/** Milliseconds that round to no second more. */
export const ROUNDED = 490;

/** Milliseconds that segments are kept after they have left a playlist of a window. */
export const KEPT_TIME = 30_000;
/** Newest segments of a window that are in memory, whatever their size. */
export const KEPT_IN_MEMORY = 4;
/** Segments that a playlist lists at most: a day of two seconds each, and more. */
export const MAX_LISTED = 50_000;
/** Bytes of all streams that may wait for the disk; of more it is told too slow. */
export const MAX_UNWRITTEN = 64_000_000;
/** Milliseconds after which a disk that failed is tried again. */
export const STORE_RETRY = 30_000;
/** Milliseconds that a server which stops waits for the disk. */
export const STORE_PATIENCE = 5_000;
/** Pictures and sounds of one stream beside its first. */
export const MAX_RENDITIONS = 8;

/** Newest parts whose answers are shared by all that ask: of players that are a little behind, too. */
export const SHARED_PARTS = 8;
/** Different requests of one playlist whose answers are shared. */
export const SHARED_PLAYLISTS = 32;

/** Milliseconds that the first request waits for a stream to begin. */
export const START_PATIENCE = 10_000;
/** Milliseconds without a publisher after which the stream is over. */
export const GONE_PATIENCE = 10_000;
/** Milliseconds without a session after which nothing is muxed any more. */
export const STREAM_LINGER = 10_000;
/** Milliseconds, or target durations, without a request after which a session ends. */
export const SESSION_TIMEOUT = 10_000;
export const SESSION_TARGETS = 3;
/** Sessions that have ended and may go on, as after a pause of the player. */
export const KEPT_SESSIONS = 10_000;
/** Milliseconds between two looks at what is over its time. */
export const SWEEP_INTERVAL = 1_000;

/** Milliseconds that the time of day may be off before it is told anew. */
export const DATE_SLACK = 1_000;
