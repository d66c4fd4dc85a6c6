import type { Clock } from "../base/mod.ts";
import { subjectOf } from "./action.ts";
import type { Admission } from "./admission.ts";
import type { Credentials } from "./credentials.ts";
import { codeOf, Keys } from "./keys.ts";
import { linkState } from "./links.ts";
import type { Deed } from "./request_deeds.ts";
import type { Verdict } from "./verdict.ts";

/** Judges what this server decides by itself and at once: keys and signed links. */
export class KeyJudge {
  /** Replaced when the file of keys has changed. */
  keys = new Keys();
  readonly #linkSecret: string;
  readonly #clock: Clock;
  /** Codes of the keys that stand in rules. */
  readonly #codes = new WeakMap<Admission, ReadonlySet<string>>();

  /** @param linkSecret what links are signed by; empty for none */
  constructor(linkSecret: string, clock: Clock) {
    this.#linkSecret = linkSecret;
    this.#clock = clock;
  }

  /**
   * @param request all that the same request does: a link for any of it is no guess, and lets in
   * to the application for this request
   */
  judge(
    admission: Admission,
    { keys, link }: Credentials,
    deed: Deed,
    request: readonly Deed[] = [],
  ): Verdict {
    let wrong: Verdict = { wrong: "a key is wanted" };
    for (const { name, key } of keys) {
      const user = this.#userOf(admission, name, codeOf(key));
      if (user !== undefined) return { user };
      wrong = { wrong: "the key is wrong", isGuess: true };
    }
    if (!admission.links || link === undefined) return wrong;
    const stateFor = ([action, path]: Deed) => {
      const signed = [action, subjectOf(action, path)] as const;
      return linkState(this.#linkSecret, signed, link, this.#clock.epoch());
    };
    let state = stateFor(deed);
    const other = state === "wrong"
      ? request.map(stateFor).find((each) => each !== "wrong")
      : state;
    if (deed[0] === "connect" && other !== undefined) state = other;
    if (state === "good") return { user: "" };
    if (state === "over") return { wrong: "the link is over" };
    if (other !== undefined) return { wrong: "the link is for another action, not" };
    return { wrong: "the link is wrong", isGuess: true };
  }

  /** The owner of the key, of those whom a rule lets in; undefined for an unknown key. */
  #userOf(admission: Admission, name: string, code: string): string | undefined {
    if (this.#codesOf(admission).has(code)) return "";
    const now = this.#clock.epoch();
    return this.keys.find(code).find((each) =>
      now < each.until && (name === "" || name === each.name) &&
      (admission.names === "all" || admission.names.has(each.name))
    )?.name;
  }

  #codesOf(admission: Admission): ReadonlySet<string> {
    let codes = this.#codes.get(admission);
    if (codes === undefined) {
      this.#codes.set(admission, codes = new Set(admission.keys.map(codeOf)));
    }
    return codes;
  }
}
