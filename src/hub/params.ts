import { defaults } from "../config/mod.ts";
import type { GroupBudget } from "./kept_groups.ts";

/** Limits of the live rules: how far a listener may fall behind, in bytes of media not yet taken. */
export interface QueueLimits {
  /** Past it, video waits for the next key frame. */
  readonly video: number;
  /** Past it, audio that is already late is dropped as well. */
  readonly audio: number;
  /** Past it, the listener is cut. Servers of the field cut at 8 to 10 MB. */
  readonly cut: number;
}

export const DEFAULT_QUEUE_LIMITS: QueueLimits = {
  video: defaults.live.videoLimit,
  audio: defaults.live.audioLimit,
  cut: defaults.live.cutLimit,
};

/** How publications treat their listeners. */
export interface LiveRules {
  readonly limits: QueueLimits;
  /** Every newcomer begins with the group of pictures that runs. */
  readonly gop: boolean;
  /** What those groups may have together that are kept for newcomers that ask. */
  readonly groups?: GroupBudget;
  /** Milliseconds that sound for {@link MANY_LISTENERS} may wait for the next picture; 0 for none. */
  readonly soundWait: number;
}

/** Listeners from which on sound waits for a picture, so that there are fewer writes. */
export const MANY_LISTENERS = 10;

/** How often the limits are applied while a listener falls behind by as much as the lowest. */
export const CHECKS_PER_LIMIT = 16;

/** Rates of a {@link QualityOfService} are means over this many milliseconds. */
export const QOS_WINDOW = 2_000;

/** Bytes that the cached groups of pictures of a publication hold at most. */
export const GOP_CACHE_LIMIT = 16_000_000;
/** The same where they are cached for newcomers that ask, and what those of all hold together. */
export const ASKED_GROUP_LIMIT = 6_000_000;
export const ASKED_GROUPS_LIMIT = 134_217_728;

/** Bytes after which a segment of encoded media is closed. */
export const SEGMENT_SIZE = 262_144;
/** The same for media that are encoded for one listener alone. */
export const PRIVATE_SEGMENT_SIZE = 32_768;

/** Milliseconds of the other kind's media after which a kind that does not come is gone. */
export const KIND_WINDOW = 10_000;

/** Milliseconds of video without a key frame after which players begin at any frame. */
export const KEY_PATIENCE = 10_000;

/** Milliseconds of frames without a byte for a container's player, after which its stream ends. */
export const CARRY_PATIENCE = 15_000;

/** Codec headers kept per publication: two for each of 16 tracks of audio and of video. */
export const MAX_CONFIGS = 64;

/** What may be created at once, in seconds of the rate at which it goes on. */
export const RATE_BURST = 10;

/** Refusals at once, beside its rate of them a second, after which a client is cut. */
export const RATE_PATIENCE = 1_000;
/**
 * Milliseconds that a publisher has to be heard from, once another wants its name. Protocols ask it
 * within a second; with the next attempt of the other the name is free again within ten.
 */
export const PUBLISHER_TIMEOUT = 6_000;

/**
 * Milliseconds that an application may take to decide what a client asks; then it is refused. A
 * question to another server, with a retry, fits in; a client's own patience ends about there too.
 */
export const QUESTION_TIMEOUT = 30_000;

/**
 * Milliseconds that a client may take to answer a call of the server: less than the application may
 * take, which decides by it.
 */
export const CALL_TIMEOUT = 20_000;

/** Longest publication name, in characters. */
export const MAX_NAME_LENGTH = 1024;

/** Milliseconds between key frames, as long as a stream had but one. */
export const UNKNOWN_KEY_INTERVAL = 1_000;
