/** Who may publish, play, connect and read files: the rules of `[access]`, before any script. */
export { type Action, ACTIONS, isAction } from "./action.ts";
export { Guard, type GuardOptions } from "./guard.ts";
export { guarded } from "./handler.ts";
export { Keys, type NamedSecret, readKeys } from "./keys.ts";
export { signLink } from "./links.ts";
export { LINK_TIME, MAX_LINK_TIME } from "./params.ts";
export { readRules, type Rules } from "./rules.ts";
