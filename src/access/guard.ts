import type { Clock } from "../base/mod.ts";
import { type Client, hostOf, Refusal } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { type Action, subjectOf } from "./action.ts";
import type { Admission } from "./admission.ts";
import { type Credentials, credentialsOf } from "./credentials.ts";
import { Guesses } from "./guesses.ts";
import { codeOf, Keys } from "./keys.ts";
import { linkState } from "./links.ts";
import { MAX_ADDRESSES } from "./params.ts";
import type { Rules } from "./rules.ts";

/** What a refusal is called by the protocols. */
const CODES: Readonly<Record<Action, string>> = {
  publish: "Publish.Failed",
  play: "Play.Failed",
  connect: "Connect.Rejected",
  files: "Read.Failed",
};

export interface GuardOptions {
  readonly rules: Rules;
  /** What links are signed by; empty for none. */
  readonly linkSecret: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** How what was brought fits a rule: the name of the key, empty for none, or what is wrong. */
type Verdict =
  | { readonly user: string }
  | { readonly wrong: string; readonly isGuess: boolean };

/** Decides by the rules of `[access]` who may do what. */
export class Guard {
  /** Replaced when the file of keys has changed. */
  keys = new Keys();
  readonly #options: GuardOptions;
  readonly #guesses = new Guesses();
  /** Addresses whose wrong key the log has told of. */
  readonly #told = new Set<string>();
  /** Codes of the keys that stand in rules. */
  readonly #codes = new WeakMap<Admission, ReadonlySet<string>>();

  constructor(options: GuardOptions) {
    this.#options = options;
  }

  /**
   * Lets the client in, and notes by whose key.
   * @param path the name of a stream, or the path of an application or of a file
   * @param parameters those of the stream
   * @throws Refusal
   */
  check(
    action: Action,
    client: Client,
    path: string,
    parameters?: ReadonlyMap<string, string>,
  ): void {
    const { rules, clock } = this.#options;
    if (!rules.has(action)) return;
    const subject = subjectOf(action, path);
    const admission = rules.find(action, subject);
    if (admission?.isOpen) return;
    const code = CODES[action];
    const what = `${action} ${path || "/"}`;
    if (admission === undefined || isClosed(admission)) {
      throw new Refusal(code, `nobody may ${verb(action)} ${path || "/"}`);
    }
    const host = hostOf(client.address);
    if (this.#guesses.isPaused(host, clock.now())) {
      throw new Refusal(code, "too many wrong keys of this address", { reason: "busy" });
    }
    const brought = credentialsOf(client, parameters);
    const verdict = this.#judge(admission, brought, action, subject);
    if ("user" in verdict) {
      if (verdict.user !== "") client.user = verdict.user;
      return;
    }
    if (verdict.isGuess) this.#count(client, host, what);
    throw new Refusal(code, `${verdict.wrong} to ${verb(action)} ${path || "/"}`, {
      reason: "unknown",
    });
  }

  #judge(
    admission: Admission,
    { keys, link }: Credentials,
    action: Action,
    subject: string,
  ): Verdict {
    const { linkSecret, clock } = this.#options;
    let wrong: Verdict = { wrong: "a key is wanted", isGuess: false };
    for (const { name, key } of keys) {
      const user = this.#userOf(admission, name, codeOf(key));
      if (user !== undefined) return { user };
      wrong = { wrong: "the key is wrong", isGuess: true };
    }
    if (!admission.links || link === undefined) return wrong;
    const state = linkState(linkSecret, [action, subject], link, clock.epoch());
    if (state === "good") return { user: "" };
    if (state === "over") return { wrong: "the link is over", isGuess: false };
    return { wrong: "the link is wrong", isGuess: true };
  }

  /** Whose key it is, of those whom a rule lets in; undefined when it is nobody's. */
  #userOf(admission: Admission, name: string, code: string): string | undefined {
    if (this.#codesOf(admission).has(code)) return "";
    const now = this.#options.clock.epoch();
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

  #count(client: Client, host: string, what: string): void {
    const { clock, log } = this.#options;
    if (this.#guesses.add(host, clock.now())) {
      log.causedBy(host).warn(`${host} brings too many wrong keys: it has to wait`);
    }
    if (this.#told.has(host)) return;
    if (this.#told.size >= MAX_ADDRESSES) this.#told.clear();
    this.#told.add(host);
    log.causedBy(host).warn(`${client.address} brings a wrong key, first for ${what}`);
  }
}

function isClosed({ keys, names, links }: Admission): boolean {
  return keys.length === 0 && names !== "all" && names.size === 0 && !links;
}

function verb(action: Action): string {
  return action === "files" ? "have" : action === "connect" ? "connect to" : action;
}
