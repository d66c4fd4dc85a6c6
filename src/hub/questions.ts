import type { Clock, Later, Timer } from "../base/mod.ts";
import type { Value } from "../codecs/mod.ts";
import type { Client } from "./client.ts";
import type {
  CallQuestion,
  ConnectionQuestion,
  Handler,
  PublishQuestion,
  Question,
  ReadDecision,
  ReadQuestion,
  SharedObjectQuestion,
  SubscribeQuestion,
  WriteQuestion,
} from "./handler.ts";
import type { Observers } from "./observers.ts";
import { QUESTION_TIMEOUT } from "./params.ts";
import { Refusal } from "./refusal.ts";
import type { Asked } from "./refused.ts";

/**
 * Puts the questions of clients to the application. What it decides at once is given as it is; what
 * it decides later is awaited as long as the client is there, and {@link QUESTION_TIMEOUT} at most.
 * Each throws a Refusal, or rejects with one.
 */
export class Questions {
  readonly #clock: Clock;
  readonly #handler: () => Handler;
  readonly #observers: Observers;
  readonly #open = new Map<Client, Set<OpenQuestion>>();

  /** @param observers told of what is refused of calls and files; the hub tells of the rest */
  constructor(clock: Clock, handler: () => Handler, observers: Observers) {
    this.#clock = clock;
    this.#handler = handler;
    this.#observers = observers;
  }

  connect(question: ConnectionQuestion): Later<Value | void> {
    const decision = this.#handler().onConnection(question);
    return isLate(decision) ? this.#await(question, "Connect.Rejected", decision) : decision;
  }

  call(question: CallQuestion): Later<void> {
    return this.#telling("call", question.name, question, () => {
      const decision = question.during(() => this.#handler().onCall(question));
      return isLate(decision) ? this.#await(question, "Call.Failed", decision) : decision;
    });
  }

  read(question: ReadQuestion): Later<ReadDecision> {
    return this.#telling("file", question.file, question, () => {
      const decision = question.during(() => this.#handler().onRead(question));
      return isLate(decision) ? this.#await(question, "Read.Failed", decision) : decision;
    });
  }

  write(question: WriteQuestion): Later<boolean> {
    return this.#telling("file", question.file, question, () => {
      const decision = this.#handler().onWrite(question);
      return isLate(decision) ? this.#await(question, "Write.Failed", decision) : decision;
    });
  }

  publish(question: PublishQuestion): Later<void> {
    const decision = this.#handler().onPublish(question);
    return isLate(decision) ? this.#await(question, "Publish.Failed", decision) : decision;
  }

  subscribe(question: SubscribeQuestion): Later<void> {
    const decision = this.#handler().onSubscribe(question);
    return isLate(decision) ? this.#await(question, "Play.Failed", decision) : decision;
  }

  sharedObject(question: SharedObjectQuestion): Later<void> {
    const decision = this.#handler().onSharedObject(question);
    if (!isLate(decision)) return decision;
    return this.#await(question, "SharedObject.ObjectCreationFailed", decision);
  }

  /** The client is gone: what is decided for it has no effect any more. */
  abandon(client: Client): void {
    const open = this.#open.get(client);
    if (open === undefined) return;
    for (const question of [...open]) question.abandon("the client is gone");
  }

  #telling<T>(asked: Asked, name: string, { client }: Question, run: () => Later<T>): Later<T> {
    return this.#observers.telling({ asked, name, client }, run);
  }

  #await<T>(question: Question, code: string, decision: Promise<T>): Promise<T> {
    const open = new OpenQuestion(question, code, this.#clock, () => this.#close(open));
    const others = this.#open.get(question.client);
    if (others === undefined) this.#open.set(question.client, new Set([open]));
    else others.add(open);
    return open.decided(decision);
  }

  #close(question: OpenQuestion): void {
    const { client } = question;
    const open = this.#open.get(client);
    open?.delete(question);
    if (open?.size === 0) this.#open.delete(client);
  }
}

/** A question that is not decided yet. */
class OpenQuestion {
  readonly #question: Question;
  readonly #code: string;
  readonly #onClosed: () => void;
  readonly #timer: Timer;
  #isOver = false;
  #reject: (refusal: Refusal) => void = () => {};

  constructor(question: Question, code: string, clock: Clock, onClosed: () => void) {
    this.#question = question;
    this.#code = code;
    this.#onClosed = onClosed;
    this.#timer = clock.after(QUESTION_TIMEOUT, () => {
      this.abandon(`the application has not decided within ${QUESTION_TIMEOUT / 1000} s`);
    });
  }

  get client(): Client {
    return this.#question.client;
  }

  /** The decision, unless the question is abandoned first. */
  decided<T>(decision: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      const settle = <V>(next: (value: V) => void) => (value: V) => {
        if (this.#isOver) return;
        this.#close();
        next(value);
      };
      decision.then(settle(resolve), settle(reject));
    });
  }

  abandon(reason: string): void {
    if (this.#isOver) return;
    this.#close();
    this.#reject(new Refusal(this.#code, reason, { reason: "failed" }));
    this.#question.onAbandoned?.();
  }

  #close(): void {
    this.#isOver = true;
    this.#timer.cancel();
    this.#onClosed();
  }
}

function isLate<T>(decision: Later<T>): decision is Promise<T> {
  return decision instanceof Promise;
}
