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

/** Longest token that is looked at, in characters. */
export const MAX_TOKEN = 8_192;

/** Tokens that are known to be good, so that they are not verified again. */
export const MAX_KNOWN_TOKENS = 4_096;

/** Milliseconds by which clocks of who makes tokens and of this server may differ. */
export const TOKEN_TOLERANCE = 30_000;

/** Fewest bytes of a secret for HS256 (RFC 7518 §3.2). */
export const MIN_TOKEN_SECRET = 32;

/** Keys of one JWKS that are looked at. */
export const MAX_TOKEN_KEYS = 64;

/** Milliseconds after which a JWKS that is in use is fetched again. */
export const JWKS_AGE = 600_000;

/** Milliseconds between two attempts to fetch it, whatever tokens name keys that are not known. */
export const JWKS_PAUSE = 10_000;

/** Milliseconds that such an attempt may take. */
export const JWKS_TIMEOUT = 5_000;

/** Bytes that a JWKS may have. */
export const MAX_JWKS = 262_144;

/** Bytes that an answer of the hook may have. */
export const MAX_HOOK_ANSWER = 65_536;

/** Characters of a reason that the hook gives. */
export const MAX_REASON = 200;

/** Milliseconds before the hook is asked again that did not answer. */
export const HOOK_PAUSE = 200;

/** Decisions that may wait for their turn at the hook; further ones are refused. */
export const MAX_HOOK_QUEUE = 10_000;

/** The same of one address. */
export const MAX_HOOK_QUEUE_OF_HOST = 2_000;

/** Events that may wait to be told to the hook; further ones are left out. */
export const MAX_HOOK_EVENTS = 10_000;

/** Events that are told at one time; those of one client one after the other. */
export const HOOK_EVENT_LANES = 8;

/** Characters of a text of a client that the hook is told. */
export const MAX_HOOK_TEXT = 8_192;

/** Milliseconds between two lines of the log that say that the hook does not answer. */
export const HOOK_LOG_INTERVAL = 60_000;

/** Milliseconds without a failure after which the log says that the hook answers again. */
export const HOOK_STEADY = 1_000;

/** Longest permission that a hook may give, in seconds: timers hold 2³¹ ms. */
export const MAX_LIFETIME = 2_147_483;

/** Seconds that a signed link holds unless told otherwise. */
export const LINK_TIME = 3_600;

/** The same at most: three centuries, so that its end is a number of seconds in plain digits. */
export const MAX_LINK_TIME = 9_999_999_999;

/** Questions in a row without an answer after which the hook counts as down. */
export const HOOK_FAILURES = 3;

/** Milliseconds for which a hook that is down is not asked: what it would decide is decided at once. */
export const HOOK_BREAK = 5_000;
