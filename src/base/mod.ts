/** What every room may rest on: time, rates, addresses, how grave a message is, errors and values as text. */
export { isAddress, isHost, spelledAddress } from "./addresses.ts";
export { AddressRanges, hostOf } from "./address_ranges.ts";
export { BoundedMap } from "./bounded_map.ts";
export { canonicalValue } from "./canonical_text.ts";
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { errorStack, errorText, isOutside } from "./error_text.ts";
export { Histogram } from "./histogram.ts";
export { andThen, type Later, orElse } from "./later.ts";
export { type Level, LEVELS as levels } from "./level.ts";
export { HostRates } from "./host_rates.ts";
export {
  by,
  counter,
  type Distribution,
  gauge,
  histogram,
  type Metered,
  type Metric,
  type MetricSource,
  type Sample,
} from "./metric.ts";
export { TokenBucket, TokenBuckets } from "./token_bucket.ts";
export { trimmed, trimmedEnd } from "./trim.ts";
