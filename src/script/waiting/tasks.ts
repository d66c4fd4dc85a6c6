import type { Clock } from "../../base/mod.ts";
import { type Question, Refusal } from "../../hub/mod.ts";
import type { Application } from "../applications/application.ts";
import type { Payer } from "../lua/budget.ts";
import type { Suspended, Wait } from "../lua/threads.ts";
import type { LuaVM } from "../lua/vm.ts";
import { Task, type TaskHost, type TaskOptions } from "./task.ts";

/** How many functions may wait, and how long. */
export interface WaitLimits {
  /** Functions of one application. */
  readonly perApplication: number;
  /** Functions of one client's calls and events. */
  readonly perClient: number;
  /** Milliseconds from a function's start to its end; 0 for no limit. */
  readonly lifetime: number;
}

/** For tests and checks, which set none. */
export const WAIT_LIMITS: WaitLimits = { perApplication: 10_000, perClient: 16, lifetime: 300_000 };

/** A question that a function which waits is to answer. */
export interface AnswerOptions extends Omit<TaskOptions, "onEnd"> {
  readonly question: Question;
  /** Of the refusal when there is no answer. */
  readonly code: string;
}

/** Events and methods that wait. */
export class Tasks {
  readonly #host: TaskHost;
  readonly #limits: WaitLimits;
  readonly #running: Task[] = [];
  readonly #all: Set<Task> = new Set();
  #isStopped = false;

  constructor(
    vm: LuaVM,
    clock: Clock,
    limits: WaitLimits,
    host: Pick<TaskHost, "asEvent" | "report">,
  ) {
    this.#limits = limits;
    this.#host = {
      vm,
      clock,
      lifetime: limits.lifetime,
      ...host,
      running: this.#running,
      all: this.#all,
    };
  }

  /** How many wait. */
  get count(): number {
    return this.#all.size;
  }

  /** The server stops: nothing waits any more. */
  stop(): void {
    this.#isStopped = true;
    for (const task of [...this.#all]) task.close("the server stops");
  }

  /**
   * Has the running function wait, called last in a function for scripts.
   * @throws Error where it cannot wait, or too many do
   */
  suspend(application: Application, payer: Payer | undefined, wait: Wait): number {
    const { vm } = this.#host;
    if (this.#running.at(-1)?.thread !== vm.threads.event) this.#checkCount(application, payer);
    return vm.threads.suspend(wait);
  }

  #checkCount(application: Application, payer: Payer | undefined): void {
    const { perApplication, perClient } = this.#limits;
    if (payer?.waiting !== undefined && payer.waiting.size >= perClient) {
      throw new Error(
        `too many functions wait for this client: [lua] clientWaits allows ${perClient}`,
      );
    }
    if (application.waiting.size >= perApplication) {
      throw new Error(
        `too many functions wait in application ${application.title}: ` +
          `[lua] waits allows ${perApplication}`,
      );
    }
  }

  /** A function that has just begun to wait; its results are dropped. */
  add(suspended: Suspended, options: TaskOptions): Task {
    const task = new Task(this.#host, suspended, options);
    if (this.#isStopped) task.close("the server stops");
    return task;
  }

  /**
   * The answer to a question, from a function that has just begun to wait: what `read` makes of the
   * results that are on the stack from index 1 on. Rejects with the LuaError, with what `read`
   * throws, or with a Refusal when the function came to no end.
   */
  answer<R>(
    suspended: Suspended,
    { question, code, ...options }: AnswerOptions,
    read: () => R,
  ): Promise<R> {
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const task = this.add(suspended, {
      ...options,
      onEnd: {
        results: () => resolve(read()),
        failed: reject,
        closed: (reason) => reject(new Refusal(code, reason, { reason: "failed" })),
      },
    });
    question.onAbandoned = () => task.close("its answer is not waited for");
    return promise;
  }
}
