import type { PausableInput } from "../../src/net/mod.ts";

/** Input of a connection without a network: the test itself gives it, or keeps it. */
export const FREE_INPUT: PausableInput = { pause: () => {}, resume: () => {} };
