/** Numbers of ISO/IEC 14496-12 ("§" in this folder), and choices that it leaves open. */

/** Ticks of a video track in a second, and in a millisecond. */
export const VIDEO_TIMESCALE = 90_000;
export const VIDEO_TICKS = 90;
/** Ticks of the movie, which only its header has. */
export const MOVIE_TIMESCALE = 1_000;

/** Sample flags (§8.8.3.1): depends on no other; depends on others and is no sync sample. */
export const FLAGS_KEY = 0x02000000;
export const FLAGS_INTER = 0x01010000;

/** Milliseconds of media that the first fragment waits for the codec headers of expected kinds. */
export const HEADER_PATIENCE = 1_000;
/** Milliseconds of a track's absence, while others go on, after which they go on without it. */
export const SOUND_PATIENCE = 3_000;
export const VIDEO_PATIENCE = 12_000;
/** Milliseconds past a part after which sound goes on without the picture that is waited for. */
export const STALL = 1_000;
/** Milliseconds that times of messages may step on or back; what is more is another clock. */
export const MAX_STEP = 15_000;
/** Milliseconds between two messages where a clock jumps. */
export const JUMP = 20;
/** Milliseconds that sound may be late by its time stamps, which are rounded, before there is a gap. */
export const SOUND_LATE = 60;
/** Milliseconds that sound may be early before frames of it are left out. */
export const SOUND_EARLY = 500;
/** Tracks of one kind. */
export const MAX_TRACKS = 16;
/** Frames that wait for a fragment, of all tracks: what is more is cut at once. */
export const MAX_SAMPLES = 4_096;
/** Bytes that wait for one; a part of 60 s at 4 Mbit/s has 30,000,000. */
export const MAX_PENDING = 32_000_000;
