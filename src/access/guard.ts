import { andThen, type Clock, type Later } from "../base/mod.ts";
import { type Client, hostOf, type Hub, Refusal } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { type Action, subjectOf, verbOf } from "./action.ts";
import { type Admission, isClosed } from "./admission.ts";
import { credentialsOf } from "./credentials.ts";
import { Guesses } from "./guesses.ts";
import type { HookJudge } from "./hook/hook_judge.ts";
import type { TokenJudge } from "./jwt/token_judge.ts";
import { KeyJudge } from "./key_judge.ts";
import type { Keys } from "./keys.ts";
import type { Lifetimes } from "./lifetimes.ts";
import { MAX_ADDRESSES } from "./params.ts";
import { requestDeeds } from "./request_deeds.ts";
import type { Rules } from "./rules.ts";
import { type Access, isPermission, type Permission, type Verdict } from "./verdict.ts";

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
  /** Whose names of streams are; the server's without them. */
  readonly names?: Hub["names"];
  readonly clock: Clock;
  readonly log: Log;
  readonly tokens?: TokenJudge | undefined;
  readonly hook?: HookJudge | undefined;
  readonly lifetimes?: Lifetimes | undefined;
}

/** Decides by the rules of `[access]` who may do what. */
export class Guard {
  readonly #options: GuardOptions;
  #rules: Rules;
  readonly #keys: KeyJudge;
  readonly #guesses = new Guesses();
  /** Wrong keys, links and tokens so far. */
  wrongKeys = 0;
  /** Addresses whose wrong key the log has told of. */
  readonly #told = new Set<string>();

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#keys = new KeyJudge(options.linkSecret, options.clock);
  }

  /** Other rules from now on; who is in stays. */
  set rules(rules: Rules) {
    this.#rules = rules;
  }

  /** Those of the file of keys. */
  set keys(keys: Keys) {
    this.#keys.keys = keys;
  }

  /**
   * Lets the client in, and notes by whose key.
   * @throws Refusal, or rejects with it
   */
  check(access: Access): Later<void> {
    const rules = this.#rules;
    const { clock } = this.#options;
    const { action, path, question: { client } } = access;
    if (!rules.has(action)) return;
    const admission = rules.find(action, subjectOf(action, path));
    if (admission?.isOpen) return this.#admit(access, { user: "" });
    const code = CODES[action];
    const what = `${verbOf(action)} ${path || "/"}`;
    if (admission === undefined || isClosed(admission)) {
      throw new Refusal(code, `no client may ${what}`, { by: "rule" });
    }
    const host = hostOf(client.address);
    if (this.#guesses.isPaused(host, clock.now())) {
      throw new Refusal(code, "too many wrong keys of this address", {
        reason: "busy",
        by: "rule",
      });
    }
    return andThen(this.#judge(access, admission), (verdict) => {
      if (isPermission(verdict)) return this.#admit(access, verdict);
      const { wrong, isGuess, isWhole, cause, reason = "unknown" } = verdict;
      if (isGuess) this.#count(client, host, `${action} ${path || "/"}`);
      if (cause !== undefined) {
        this.#options.log.causedBy(host).info(`${client.address} may not ${what}: ${cause}`);
      }
      throw new Refusal(code, isWhole ? wrong : `${wrong} to ${what}`, {
        reason,
        by: isWhole ? "hook" : "rule",
      });
    });
  }

  /** By keys and links, then by tokens, then as the hook decides. */
  #judge(access: Access, admission: Admission): Later<Verdict> {
    const { tokens, hook, names } = this.#options;
    const { action, path, parameters, question } = access;
    const brought = credentialsOf(question.client, parameters);
    const request = requestDeeds(question.client, names);
    const own = this.#keys.judge(admission, brought, [action, path], request);
    const judged = isPermission(own) || !admission.tokens || tokens === undefined
      ? own
      : tokens.judge(brought.tokens, action, path, own);
    if (!admission.hook || hook === undefined) return judged;
    return andThen(
      judged,
      (verdict) => isPermission(verdict) ? verdict : hook.judge(access, brought),
    );
  }

  #admit(
    { question: { client }, action, permitted, rename }: Access,
    { user, claims, name, lifetime }: Permission,
  ): void {
    if (user !== "") client.user = user;
    if (claims !== undefined) client.claims = claims;
    if (name !== undefined && action === "publish") rename?.(name);
    if (permitted !== undefined) this.#options.lifetimes?.grant(permitted(), lifetime);
  }

  #count(client: Client, host: string, what: string): void {
    const { clock, log } = this.#options;
    this.wrongKeys++;
    if (this.#guesses.add(host, clock.now())) {
      log.causedBy(host).warn(`${host} sent too many wrong keys and is refused for a while`);
    }
    if (this.#told.has(host)) return;
    if (this.#told.size >= MAX_ADDRESSES) this.#told.clear();
    this.#told.add(host);
    log.causedBy(host).warn(`${client.address} sent a wrong key, first for ${what}`);
  }
}
