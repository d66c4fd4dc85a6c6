/** What every room may rest on: time, how grave a message is, errors as text. */
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { errorText, isOutside } from "./error_text.ts";
export { type Level, levels } from "./level.ts";
