import type { Clock, Timer } from "../base/mod.ts";
import type { DataReader } from "../codecs/mod.ts";
import { CALL_TIMEOUT } from "./params.ts";

/** Told of a client's answer to a call of the server: one of these, once. */
export interface CallAnswer {
  /** What the client's method returned; the reader is valid during this call. */
  result(values: DataReader): void;
  failed(reason: string): void;
}

/** Sends a call that is ready; returns what gives it up. */
export type SendCall = (answer: CallAnswer) => () => void;

interface OpenCall {
  readonly answer: CallAnswer;
  readonly timer: Timer;
}

/** The calls of the server that one client has not answered yet, by their id. */
export class ServerCalls {
  readonly #clock: Clock;
  /** Made with the first call: most clients are never called so. */
  #open: Map<number, OpenCall> | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while an answer is expected. */
  get areOpen(): boolean {
    return this.#open !== undefined && this.#open.size > 0;
  }

  /** A call whose message `write` makes for an id; it is sent by `send` when it is wanted. */
  prepare<M>(write: (id: number) => M, send: (message: M) => void): SendCall {
    const id = ++this.#lastId;
    const message = write(id);
    return (answer) => {
      if (this.#isClosed) later(answer, "the client is gone");
      else {
        this.#open ??= new Map();
        this.#open.set(id, {
          answer,
          timer: this.#clock.after(CALL_TIMEOUT, () => {
            this.fail(id, `the client has not answered within ${CALL_TIMEOUT / 1000} s`);
          }),
        });
        send(message);
      }
      return () => void this.#take(id);
    };
  }

  /** False when no call of that id is open, such as one that was given up. */
  succeed(id: unknown, values: DataReader): boolean {
    const call = this.#take(id);
    call?.answer.result(values);
    return call !== undefined;
  }

  fail(id: unknown, reason: string): boolean {
    const call = this.#take(id);
    call?.answer.failed(reason);
    return call !== undefined;
  }

  /** The client is gone. */
  close(): void {
    this.#isClosed = true;
    for (const id of [...this.#open?.keys() ?? []]) {
      const call = this.#take(id);
      if (call !== undefined) later(call.answer, "the client is gone");
    }
  }

  #take(id: unknown): OpenCall | undefined {
    const call = this.#open?.get(id as number);
    this.#open?.delete(id as number);
    call?.timer.cancel();
    return call;
  }
}

/** Who waits may be the one that ended the client: it goes on after that. */
function later(answer: CallAnswer, reason: string): void {
  queueMicrotask(() => answer.failed(reason));
}
