import {
  type Clock,
  counter,
  errorText,
  gauge,
  Histogram,
  histogram,
  type Metered,
  type Metric,
} from "../../base/mod.ts";
import { hex } from "../../bytes/mod.ts";
import { randomBytes } from "../../crypto/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { WebAnswer } from "../../net/mod.ts";
import type { Web } from "../web.ts";
import {
  HOOK_BREAK,
  HOOK_FAILURES,
  HOOK_LOG_INTERVAL,
  HOOK_PAUSE,
  HOOK_STEADY,
  MAX_HOOK_ANSWER,
  MAX_HOOK_QUEUE,
  MAX_HOOK_QUEUE_OF_HOST,
} from "../params.ts";
import { FairQueue } from "./fair_queue.ts";
import { checkedAnswer, type HookAnswer, type HookForm, noAnswer } from "./form.ts";
import { signatureHeaders } from "./signature.ts";
import type { Told } from "./told.ts";

/** The hook as the settings name it. */
export interface HookSettings {
  readonly url: string;
  readonly form: HookForm;
  /** Signs requests; empty for no signature. */
  readonly secret: string;
  /** Milliseconds for one answer. */
  readonly timeout: number;
  /** Further attempts. */
  readonly retries: number;
  /** What is decided without an answer. */
  readonly down: "refuse" | "allow";
  /** Requests at one time. */
  readonly connections: number;
}

export interface HookOptions extends HookSettings {
  readonly web: Web;
  readonly clock: Clock;
  readonly log: Log;
  /** Id of this server. */
  readonly server: string;
}

/** What becomes of a question: an answer, or why there is none. */
export type HookVerdict = HookAnswer | "full" | "down";

/** What an operator may want to know of a hook. */
export interface HookCounts {
  readonly asked: number;
  readonly failed: number;
  readonly waiting: number;
}

/** Upper bounds of the time of an answer, in seconds. */
const HOOK_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Asks a server of the operator's what it decides. */
export class Hook implements Metered {
  readonly #options: HookOptions;
  readonly #queue: FairQueue;
  /** Questions in a row that had no answer. */
  #failures = 0;
  /** Until then it is not asked, by the clock: it has not answered for a while. */
  #brokenUntil = -Infinity;
  /** When the log was told last that it does not answer, and whether that is the last it heard. */
  #toldAt = -Infinity;
  #isDownTold = false;
  /** When it did not answer last, by the clock, and why. */
  #failedAt = -Infinity;
  #failure = "";
  #asked = 0;
  #failed = 0;
  /** Seconds until an answer, or until there was none. */
  readonly #times = new Histogram(HOOK_BOUNDS);

  constructor(options: HookOptions) {
    this.#options = options;
    this.#queue = new FairQueue({
      slots: options.connections,
      limit: MAX_HOOK_QUEUE,
      limitOfOwner: MAX_HOOK_QUEUE_OF_HOST,
    });
  }

  *metrics(): Generator<Metric> {
    const { asked, failed, waiting } = this.counts;
    yield counter("hook_questions", "Questions that the hook was asked.", asked);
    yield counter("hook_failures", "Those that it did not answer.", failed);
    yield gauge("hook_waiting", "Questions that wait for their turn.", waiting);
    yield histogram("hook_seconds", "Time until the hook has answered.", this.#times);
  }

  /** Why it did not answer last. */
  get failure(): string {
    return this.#failure;
  }

  get counts(): HookCounts {
    return { asked: this.#asked, failed: this.#failed, waiting: this.#queue.size };
  }

  /**
   * @param host of the client: hosts take turns where many wait
   * @param signal the question is needed no longer
   */
  ask(told: Told, host: string, signal: AbortSignal): Promise<HookVerdict> {
    const { form, server } = this.#options;
    const body = form.body(told, server);
    if (body === undefined) return DOWN;
    if (this.#isBroken) return Promise.resolve("down");
    // The time is over: one question finds out whether it answers again.
    const isProbe = this.#failures >= HOOK_FAILURES;
    if (isProbe) this.#break();
    const ask = () => this.#isBroken && !isProbe ? DOWN : this.#attempts(told, body, signal);
    return this.#queue.add(host, ask, signal) ?? Promise.resolve("full");
  }

  get #isBroken(): boolean {
    return this.#options.clock.now() < this.#brokenUntil;
  }

  /** Tells of what has happened; false when it could not be told. */
  async tell(told: Told, signal: AbortSignal): Promise<boolean> {
    const { form, server } = this.#options;
    const body = form.body(told, server);
    if (body === undefined) return true;
    try {
      await this.#send(body, signal, ({ status }) => {
        if (status >= 500) throw noAnswer(status);
      });
      return true;
    } catch (error) {
      if (!signal.aborted) this.#tellFailure(error);
      return false;
    }
  }

  async #attempts(told: Told, body: string, signal: AbortSignal): Promise<HookVerdict> {
    const { form } = this.#options;
    this.#asked++;
    const { clock } = this.#options;
    const begin = clock.now();
    try {
      const verdict = await this.#send(
        body,
        signal,
        (answer) => checkedAnswer(form.answer(answer, told)),
      );
      this.#isBack();
      return verdict;
    } catch (error) {
      if (signal.aborted) throw error;
      this.#failed++;
      if (++this.#failures >= HOOK_FAILURES) this.#break();
      this.#tellFailure(error);
      return "down";
    } finally {
      this.#times.add((clock.now() - begin) / 1000);
    }
  }

  /** Sends a request until there is an answer, or all attempts were made. */
  async #send<T>(body: string, signal: AbortSignal, read: (answer: WebAnswer) => T): Promise<T> {
    const { web, url, form, secret, timeout, retries, clock } = this.#options;
    const id = `msg_${hex(randomBytes(16))}`;
    for (let attempt = 0;; attempt++) {
      const time = Math.floor(clock.epoch() / 1000);
      const headers = { "content-type": form.type, ...signatureHeaders(secret, id, time, body) };
      const request = { url, headers, body, timeout, maxBody: MAX_HOOK_ANSWER, signal };
      try {
        return read(await web({ ...request, method: "POST" }));
      } catch (error) {
        if (signal.aborted || attempt >= retries) throw error;
      }
      await new Promise<void>((resume) => clock.after(HOOK_PAUSE, resume));
    }
  }

  #tellFailure(error: unknown): void {
    const { clock, log, down } = this.#options;
    const now = this.#failedAt = clock.now();
    this.#failure = errorText(error);
    if (this.#isDownTold && now - this.#toldAt < HOOK_LOG_INTERVAL) return;
    this.#toldAt = now;
    this.#isDownTold = true;
    const decided = down === "refuse" ? "refused" : "allowed";
    log.error(`the hook does not answer: ${this.#failure}; what it decides is ${decided}`);
  }

  #break(): void {
    this.#brokenUntil = this.#options.clock.now() + HOOK_BREAK;
  }

  #isBack(): void {
    this.#failures = 0;
    this.#brokenUntil = -Infinity;
    const { clock, log } = this.#options;
    // One that fails now and then would fill the log.
    if (!this.#isDownTold || clock.now() - this.#failedAt < HOOK_STEADY) return;
    this.#isDownTold = false;
    log.note("the hook answers again");
  }
}

const DOWN: Promise<HookVerdict> = Promise.resolve("down");
