/** What a file may cost that is read for a player. */

/** Bytes that are read at once. */
export const WINDOW = 262_144;

/** The same where tags are looked for, at first and at most. */
export const SEARCH_WINDOW = 65_536;
export const LARGEST_WINDOW = 4_194_304;

/** Longest frame that is sent; longer ones are left out. */
export const MAX_FRAME = 8_000_000;

/** Bytes at the begin of an FLV in which its metadata and codec headers are looked for. */
export const HEAD_SIZE = 4_000_000;

/** Bytes without a tag, or with nothing but empty ones, behind which nothing is looked for. */
export const LOST_LIMIT = 8_388_608;

/** Bytes between two places of an FLV that are not searched more closely for a time. */
export const SEARCH_STEP = 524_288;
/** Bytes that are looked through for the key frame before a place. */
export const SEARCH_LIMIT = 67_108_864;

/** Boxes of an MP4 that are passed by, not counting those that hold fragments. */
export const MAX_BOXES = 10_000;
/** Fragments of one MP4: a day of them, a second each, and more. */
export const MAX_FRAGMENTS = 400_000;
/** Longest `moov` and `moof` that are read, in bytes. */
export const MAX_MOOV = 134_217_728;
export const MAX_MOOF = 8_000_000;
/** Samples of all tracks of an MP4: the half of a day of pictures and sound. */
export const MAX_SAMPLES = 4_000_000;
/** Tracks of one kind that are read. */
export const MAX_TRACKS = 16;
/** Messages that are given out at once. */
export const BATCH = 64;

/** Key frames that `onMetaData` tells of. */
export const MAX_KEY_FRAMES = 4_000;

/** Bytes that are read at once where heads of fragments are looked for. */
export const HEADER_WINDOW = 4_096;

/** Bytes of an FLV that is looked through for its key frames. */
export const MAX_LOOKED_THROUGH = 8_000_000_000;
/** Bytes of tables that are kept for those who play the same film next. */
export const MAX_TABLES = 67_108_864;
/** Files whose tables are read at a time. */
export const TABLES_AT_ONCE = 4;
/** Segments of one film, of all ways to play it in segments. */
export const MAX_SEGMENTS = 50_000;
/** Milliseconds of a fragment within a segment. */
export const PART_LENGTH = 2_000;
/** Bytes of a film in which the first picture and the first sound are looked for. */
export const MAX_INIT_SEARCH = 32_000_000;
/** The same in messages: the sound that a film has is found within a minute of pictures. */
export const MAX_INIT_MESSAGES = 4_000;
