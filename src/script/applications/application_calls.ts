import type { Clock } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { EventName } from "../events.ts";
import type { Payer } from "../lua/budget.ts";
import { LuaError } from "../lua/error.ts";
import type { Suspended } from "../lua/threads.ts";
import type { LuaVM } from "../lua/vm.ts";
import { Tasks, WAIT_LIMITS, type WaitLimits } from "../waiting/tasks.ts";
import type { Application } from "./application.ts";
import type { Environments } from "./environments.ts";

/** What functions of applications are called with. */
export interface CallsOptions {
  readonly vm: LuaVM;
  readonly environments: Environments;
  /** How many functions may wait, and how long. */
  readonly waits?: WaitLimits | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** An event that waits, and whose function it is. */
export interface Started {
  readonly suspended: Suspended;
  readonly application: Application;
}

/** Calls events and functions of applications, which may wait, and reports what goes wrong in them. */
export abstract class ApplicationCalls {
  /** The application whose code runs, or ran last. */
  current: Application;
  /** Told of each error of an application's scripts; another part of the server may set it. */
  onError: (application: Application, message: string) => void = () => {};
  /** Events and methods that wait. */
  readonly tasks: Tasks;
  /** Errors of scripts so far: of events, calls and starts. */
  errors = 0;
  protected readonly vm: LuaVM;
  protected readonly log: Log;
  readonly #environments: Environments;
  /** Whose function {@link begin} pushed. */
  #owner: Application;

  constructor(options: CallsOptions, root: Application) {
    this.vm = options.vm;
    this.log = options.log;
    this.#environments = options.environments;
    this.current = this.#owner = root;
    this.tasks = new Tasks(options.vm, options.clock, options.waits ?? WAIT_LIMITS, {
      asEvent: (application, payer, run) => {
        const previous = this.enter(application, payer);
        try {
          run();
        } finally {
          this.leave(previous);
        }
      },
      report: (error) => this.report(error),
    });
  }

  /** The application whose file a message begins with; else the one that runs. */
  protected abstract ownerOfError(message: string): Application;

  /**
   * Pushes the function of an event; false when it is undefined. After it the arguments are
   * pushed and {@link finish} or {@link attempt} makes the call.
   */
  begin(application: Application, event: EventName): boolean {
    const owner = this.#environments.pushEvent(application, event);
    if (owner === undefined) return false;
    this.#owner = owner;
    return true;
  }

  /** Calls what {@link begin} pushed; `payer` as in {@link LuaVM.call}. @throws LuaError */
  finish(args: number, results: number, payer?: Payer): void {
    this.run(this.#owner, args, results, payer);
  }

  /** As {@link finish}, for what may wait: see {@link launch}. */
  startEvent(args: number, results: number, payer?: Payer): Started | undefined {
    const application = this.#owner;
    const suspended = this.launch(application, args, results, payer);
    return suspended && { suspended, application };
  }

  /**
   * Calls what {@link begin} pushed, without results; an error goes to the log. It may wait: then it
   * ends with its payer's client, unless it `isLasting`.
   */
  attempt(args: number, payer?: Payer, isLasting = false): void {
    try {
      const started = this.startEvent(args, 0, payer);
      if (started === undefined) return;
      const { suspended, application } = started;
      this.tasks.add(suspended, { application, payer: isLasting ? payer?.lasting : payer });
    } catch (error) {
      this.report(error);
    }
  }

  /** As {@link attempt}, for what cannot wait. */
  attemptNow(args: number): void {
    try {
      this.run(this.#owner, args, 0);
    } catch (error) {
      this.report(error);
    }
  }

  /** Calls a function of an application that is on the stack; `payer` as before. @throws LuaError */
  run(application: Application, args: number, results: number, payer?: Payer): void {
    const previous = this.current;
    this.current = application;
    try {
      this.vm.call(args, results, payer);
    } finally {
      this.current = previous;
    }
  }

  /**
   * As {@link run}, for a function that may wait: then it is given back, for {@link tasks}.
   * @throws LuaError
   */
  launch(
    application: Application,
    args: number,
    results: number,
    payer?: Payer,
  ): Suspended | undefined {
    const previous = this.current;
    this.current = application;
    try {
      return this.vm.start(args, results, payer);
    } finally {
      this.current = previous;
    }
  }

  enter(application: Application, payer: Payer | undefined): Application {
    this.vm.begin(payer);
    const previous = this.current;
    this.current = application;
    return previous;
  }

  leave(previous: Application): void {
    this.vm.end();
    this.current = previous;
  }

  /**
   * Does something as one event of `payer`'s, with another application as the current one; what it
   * leaves on the stack is taken away. `base` is the top before it.
   */
  within<R>(application: Application, payer: Payer, run: (base: number) => R): R {
    const vm = this.vm;
    const previous = this.current;
    const { top } = vm;
    vm.begin(payer);
    this.current = application;
    try {
      return run(top);
    } finally {
      vm.end();
      this.current = previous;
      vm.top = top;
    }
  }

  /** Logs what went wrong inside of a script; anything else is thrown on. */
  report(error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.errors++;
    this.logOf(error).error(error.message);
    this.onError(this.ownerOfError(error.message), error.message);
  }

  /** The log for errors: lines are charged to the client that caused the event. */
  logOf(error: Error): Log {
    const peer = error instanceof LuaError ? error.peer : undefined;
    return peer === undefined ? this.log : this.log.causedBy(peer);
  }
}
