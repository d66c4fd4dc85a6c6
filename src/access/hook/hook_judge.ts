import { hostOf } from "../../hub/mod.ts";
import type { Credentials } from "../credentials.ts";
import type { Access, Verdict } from "../verdict.ts";
import type { Hook, HookVerdict } from "./hook.ts";
import { toldOf } from "./told.ts";

/** Judges as the hook decides. */
export class HookJudge {
  readonly #hook: Hook;
  readonly #down: "refuse" | "allow";

  /** @param down what is decided when the hook does not answer */
  constructor(hook: Hook, down: "refuse" | "allow") {
    this.#hook = hook;
    this.#down = down;
  }

  async judge(
    { question, action, path, stream, parameters }: Access,
    brought: Credentials,
  ): Promise<Verdict> {
    const { client } = question;
    const file = action === "files" ? path : "";
    const told = toldOf(client, { action, parameters, stream, file }, brought);
    const end = new AbortController();
    question.onAbandoned = () => end.abort(new Error("the client waits no longer"));
    const answer = await this.#hook.ask(told, hostOf(client.address), end.signal);
    question.onAbandoned = undefined;
    return this.#read(answer, brought);
  }

  #read(answer: HookVerdict, brought: Credentials): Verdict {
    if (answer === "full") return { wrong: "too many wait", reason: "busy" };
    if (answer === "down") {
      return this.#down === "allow" ? { user: "" } : {
        wrong: "the hook cannot decide now",
        reason: "unavailable",
        isWhole: true,
        cause: `the hook does not answer: ${this.#hook.failure}`,
      };
    }
    const { allowed, isUnknown = false, reason = "", name, lifetime, user = "" } = answer;
    if (allowed) {
      return {
        user,
        ...(name === undefined ? {} : { name }),
        ...(lifetime === undefined ? {} : { lifetime }),
      };
    }
    return {
      wrong: reason || (isUnknown ? "a key is wanted" : "it is not allowed"),
      isWhole: reason !== "",
      isGuess: isUnknown && hasBrought(brought),
      reason: isUnknown ? "unknown" : "denied",
    };
  }
}

function hasBrought({ keys, tokens, link }: Credentials): boolean {
  return keys.length > 0 || tokens.length > 0 || link !== undefined;
}
