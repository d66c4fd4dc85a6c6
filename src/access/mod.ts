/** Who may publish, play, connect and read files: the rules of `[access]`, before any script. */
export { type Action, ACTIONS, isAction } from "./action.ts";
export { Guard, type GuardOptions } from "./guard.ts";
export { guarded } from "./handler.ts";
export { HookEvents } from "./hook/events.ts";
export { Hook, type HookCounts } from "./hook/hook.ts";
export { HookJudge } from "./hook/hook_judge.ts";
export { FileKeys, type KeySource, RemoteKeys } from "./jwt/key_source.ts";
export { readTokenKeys } from "./jwt/token_keys.ts";
export { TokenJudge } from "./jwt/token_judge.ts";
export { Tokens } from "./jwt/tokens.ts";
export { Keys, type NamedSecret, readKeys } from "./keys.ts";
export { Lifetimes } from "./lifetimes.ts";
export { signLink } from "./links.ts";
export { LINK_TIME, MAX_LINK_TIME } from "./params.ts";
export { readRules, type Rules } from "./rules.ts";
export { hookSettings, isUrl, settingFaults } from "./settings.ts";
export type { Web } from "./web.ts";
