/** What every room may rest on: time and rates, how grave a message is, errors as text, text as values. */
export { canonicalValue } from "./canonical_text.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { errorText, isOutside } from "./error_text.ts";
export { type Level, levels } from "./level.ts";
export { TokenBucket, TokenBuckets } from "./token_bucket.ts";
