/** Wrong keys of one address at once, before it has to wait. */
export const GUESS_BURST = 10;

/** Wrong keys of one address a second that are borne for long. */
export const GUESS_RATE = 0.2;

/** Milliseconds for which no key of an address is looked at that brought too many wrong ones. */
export const GUESS_PAUSE = 60_000;

/** Addresses that are remembered at most, of those that wait and of those that the log has named. */
export const MAX_ADDRESSES = 4_096;

/** Longest key that is looked at, in characters. */
export const MAX_KEY = 1_024;

/** Seconds that a signed link holds unless told otherwise. */
export const LINK_TIME = 3_600;

/** The same at most: three centuries, so that its end is a number of seconds in plain digits. */
export const MAX_LINK_TIME = 9_999_999_999;
