/** Limits and intervals of recordings and of playback. */

/** Bytes of one recording that may wait for the disk; what comes then is a gap of the recording. */
export const QUEUE_LIMIT = 16_000_000;

/** The same for all recordings together. */
export const TOTAL_QUEUE_LIMIT = 256_000_000;

/** Milliseconds that media of an FLV wait to be written together; fragments of MP4 do not wait. */
export const WRITE_INTERVAL = 500;
/** Bytes that are written at once, however short they waited. */
export const WRITE_SIZE = 262_144;

/**
 * Milliseconds of a fragment of MP4: what is lost when the server is killed, beside what is on its
 * way to the disk; a second at most is promised.
 */
export const FRAGMENT_LENGTH = 800;

/** Key frames that the head of an FLV has room for, at 18 bytes each: an hour's, every 2 s. */
export const KEY_TABLE_SIZE = 1_800;

/** Milliseconds between two looks whether the file is still there. */
export const CHECK_INTERVAL = 5_000;

/** Milliseconds after which a recording that failed is tried again. */
export const RETRY_INTERVAL = 10_000;

/** Files that one stream may begin at once, and milliseconds for each one from then on. */
export const FILE_BURST = 10;
export const FILE_INTERVAL = 10_000;

/** Milliseconds that a server which stops waits for the disk. */
export const CLOSE_TIMEOUT = 5_000;

/** Milliseconds between two looks at the free space of the disk. */
export const DISK_SPACE_INTERVAL = 1_000;

/** Milliseconds between two looks for recordings that are to be deleted. */
export const KEEP_INTERVAL = 30_000;

/** A step of a stream's clock by more than this, in milliseconds, while less time went by, is none. */
export const LONGEST_STEP = 10_000;

/** Longest part of a path between two slashes, in bytes of UTF-8: most disks take 255. */
export const MAX_PART = 200;
/** Longest path below the folder of recordings, in bytes of UTF-8. */
export const MAX_PATH = 1_000;

/** Files of the same name that are told apart by a number. */
export const MAX_NAMESAKES = 1_000;

/** Recordings that are known at a time; older ones stay on the disk. */
export const MAX_KNOWN = 200_000;

/** Bytes of an index file that are read. */
export const MAX_INDEX = 1_000_000;
/** Gaps that an index tells; those that follow are one. */
export const MAX_GAPS = 1_000;

/** Milliseconds that are sent in advance at least, however small a client's buffer is. */
export const MIN_LEAD = 1_000;
/** Shortest pause of a file that is played, in milliseconds: what follows then goes together. */
export const SHORTEST_WAIT = 40;
/** Milliseconds between two seeks of a client: of more the last one counts. */
export const SEEK_INTERVAL = 100;
/** Bytes of a file that wait for a client to take them. */
export const PUSH_AHEAD = 524_288;
/** Files that one client plays at a time. */
export const MAX_FILMS = 16;

/** Milliseconds between the last frame of a file and the first of the next that is joined to it. */
export const JOINT = 40;
/** Longest excerpt of recordings that is asked for at once, in milliseconds: a day. */
export const MAX_EXCERPT = 86_400_000;

/** Formats of files that are played as HTTP Live Streaming, the first that there is. */
export const SEGMENT_FORMATS = ["mp4", "m4v", "mov", "f4v", "flv"] as const;
/** Bytes of where segments of films begin that are kept. */
export const MAX_INDEXES = 33_554_432;
/** Files that are looked through for that at a time. */
export const MAX_LOOKING = 4;
/** Segments that are made at a time, each with its file open. */
export const MAX_MADE = 32;
/** Bytes of a segment that is made before it is sent, and of all of them: longer ones go as they come. */
export const MAX_PREPARED = 16_000_000;
export const MAX_ALL_PREPARED = 256_000_000;
