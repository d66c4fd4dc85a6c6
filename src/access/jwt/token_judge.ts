import { andThen, type Later } from "../../base/mod.ts";
import { type Action, subjectOf } from "../action.ts";
import type { Verdict } from "../verdict.ts";
import { allows } from "./claims.ts";
import type { Tokens } from "./tokens.ts";

/** Judges by what tokens say. */
export class TokenJudge {
  readonly #tokens: Tokens;
  readonly #claim: string;

  /** @param claim the one that holds what tokens allow; empty when that stands beside the others */
  constructor(tokens: Tokens, claim: string) {
    this.#tokens = tokens;
    this.#claim = claim;
  }

  /** What the first of the tokens says that allows it; `before` without tokens. */
  judge(
    [token, ...others]: readonly string[],
    action: Action,
    path: string,
    before: Verdict,
  ): Later<Verdict> {
    if (token === undefined) return before;
    return andThen(this.#tokens.check(token), (verdict): Later<Verdict> => {
      if ("wrong" in verdict) return this.judge(others, action, path, verdict);
      const { claims } = verdict;
      if (allows(claims, this.#claim, action, subjectOf(action, path))) {
        return { user: typeof claims.sub === "string" ? claims.sub : "", claims };
      }
      const wrong = { wrong: "the token does not allow", reason: "denied" } as const;
      return this.judge(others, action, path, wrong);
    });
  }
}
