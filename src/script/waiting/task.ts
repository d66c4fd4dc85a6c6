import type { Clock, Timer } from "../../base/mod.ts";
import type { Application, Resource } from "../applications/application.ts";
import type { Payer } from "../lua/budget.ts";
import { LuaError } from "../lua/error.ts";
import type { State } from "../lua/build.ts";
import type { GoOn, Suspended } from "../lua/threads.ts";
import type { LuaVM } from "../lua/vm.ts";

/** What tasks share. */
export interface TaskHost {
  readonly vm: LuaVM;
  readonly clock: Clock;
  /** Milliseconds that a task may take; 0 for no limit. */
  readonly lifetime: number;
  /** The tasks that are going on now, each inside of the one before. */
  readonly running: Task[];
  /** All that are not over. */
  readonly all: Set<Task>;
  /** Runs something as one event of an application, charged to `payer`. */
  readonly asEvent: (
    application: Application,
    payer: Payer | undefined,
    run: () => void,
  ) => void;
  /** Logs an error of a script. */
  readonly report: (error: unknown) => void;
}

/** Told how a task ended: exactly one of these is called. */
export interface TaskEnd {
  /** Its results are on the stack, from index 1 on. @throws what makes it a failure */
  results(): void;
  failed(error: unknown): void;
  /** It was closed before its end. */
  closed(reason: string): void;
}

/** Whose function waits. */
export interface TaskOptions {
  readonly application: Application;
  /** Who is charged, and with whom it ends, where it is a client. */
  readonly payer?: Payer | undefined;
  /** Runs each part of it, for what is written to the client in it. */
  readonly during?: ((run: () => void) => void) | undefined;
  readonly onEnd?: TaskEnd;
}

/** A function that waits: it goes on until its end, unless its client or its application goes first. */
export class Task implements Resource {
  readonly #host: TaskHost;
  readonly #options: TaskOptions;
  /** Undefined while it is running, and when it is over. */
  #suspended: Suspended | undefined;
  #callOff: (() => void) | undefined;
  #isClosed = false;
  readonly #lifetime: Timer | undefined;
  readonly thread: State;

  constructor(host: TaskHost, suspended: Suspended, options: TaskOptions) {
    this.#host = host;
    this.#options = options;
    this.thread = suspended.thread;
    const { application, payer } = options;
    host.all.add(this);
    application.waiting.add(this);
    payer?.waiting?.add(this);
    if (host.lifetime > 0) {
      this.#lifetime = host.clock.after(host.lifetime, () => {
        const seconds = host.lifetime / 1000;
        const reason = `it takes longer than ${seconds} s, the limit of [lua] waitTime`;
        host.report(new LuaError(`${this.#place()}ended a function that waits: ${reason}`));
        this.close(reason);
      });
    }
    this.#sleep(suspended);
    // It went while the function ran.
    if (payer?.isGone) this.close("the client is gone");
  }

  /** Ends it where it waits: only what it left to be closed still runs. */
  close(reason = "its application stops"): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#forget();
    const { vm, asEvent } = this.#host;
    const { application } = this.#options;
    this.#callOff?.();
    const suspended = this.#suspended;
    this.#suspended = undefined;
    if (suspended !== undefined) {
      asEvent(application, undefined, () => vm.abandon(suspended));
      this.#options.onEnd?.closed(reason);
    }
  }

  #sleep(suspended: Suspended): void {
    this.#suspended = suspended;
    let isOver = false;
    const goOn: GoOn = (push) => {
      if (isOver) return;
      isOver = true;
      if (!this.#isClosed) this.#goOnInTurn(suspended, push);
    };
    const callOff = suspended.wait(goOn);
    this.#callOff = () => {
      isOver = true;
      callOff();
    };
  }

  /** At once, unless its client has used up its share of script time. */
  #goOnInTurn(suspended: Suspended, push: Parameters<GoOn>[0]): void {
    const delay = this.#options.payer?.delay ?? 0;
    if (delay === 0) return this.#goOn(suspended, push);
    const timer = this.#host.clock.after(delay, () => this.#goOnInTurn(suspended, push));
    this.#callOff = () => timer.cancel();
  }

  #goOn(suspended: Suspended, push: Parameters<GoOn>[0]): void {
    const { asEvent, running, report } = this.#host;
    const { application, payer, during = runNow } = this.#options;
    this.#suspended = undefined;
    this.#callOff = undefined;
    running.push(this);
    try {
      asEvent(application, payer, () => during(() => this.#run(suspended, push)));
    } catch (error) {
      this.#end();
      if (this.#options.onEnd === undefined) report(error);
      else this.#options.onEnd.failed(error);
    } finally {
      running.pop();
    }
  }

  #run(suspended: Suspended, push: Parameters<GoOn>[0]): void {
    const again = this.#host.vm.goOn(suspended, push, () => {
      this.#end();
      this.#options.onEnd?.results();
    });
    if (again === undefined) return;
    // Closed by what it did itself: its client, or its application, is gone.
    if (!this.#isClosed) return this.#sleep(again);
    this.#host.vm.abandon(again);
    this.#options.onEnd?.closed("it ended what it belongs to");
  }

  #end(): void {
    this.#isClosed = true;
    this.#forget();
  }

  #forget(): void {
    const { application, payer } = this.#options;
    this.#lifetime?.cancel();
    this.#host.all.delete(this);
    application.waiting.delete(this);
    payer?.waiting?.delete(this);
  }

  /** Where the script waits, for the log. */
  #place(): string {
    return this.#suspended === undefined ? "" : this.#host.vm.placeOf(this.#suspended);
  }
}

function runNow(run: () => void): void {
  run();
}
