/** What every room may rest on: time, and how grave a message is. */
export { type Clock, systemClock, type Timer } from "./clock.ts";
export { type Level, levels } from "./level.ts";
