import type { Timer } from "../../base/mod.ts";
import type { Application } from "../applications/application.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, type Definition, type Member, method } from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import { Holder } from "./holder.ts";
import type { Mona } from "./mona_type.ts";

/** Longest time (ms) that the system's timers know. */
const LONGEST = 2 ** 31 - 1;
/** Shortest interval (ms) of what is called again and again. */
const SHORTEST_INTERVAL = 10;
/** Timers of one application. */
const MAX_TIMERS = 10_000;

/** Timers that are running, by application. */
const counts = new WeakMap<Application, number>();

/** What `mona:timer` and `mona:every` return. */
export class ScriptTimer {
  readonly #host: Host;
  readonly #holder: Holder;
  /** Reference of the function; 0 when it is over. */
  #fn: number;
  readonly #timer: Timer;
  readonly #isRepeated: boolean;
  /** What it called is not over yet. */
  #isBusy = false;

  constructor(host: Host, delay: number, fn: number, isRepeated: boolean) {
    const { clock } = host.options;
    this.#host = host;
    this.#fn = fn;
    this.#isRepeated = isRepeated;
    this.#timer = isRepeated
      ? clock.every(delay, () => this.#fire())
      : clock.after(delay, () => this.#fire());
    this.#holder = new Holder(host, this);
    this.#count(1);
    this.#holder.update();
  }

  get isActive(): boolean {
    return this.#fn !== 0;
  }

  /** It is not called any more; without effect when it is over. */
  close(): void {
    if (this.#fn === 0) return;
    this.#timer.cancel();
    this.#host.vm.unref(this.#fn);
    this.#fn = 0;
    this.#count(-1);
    this.#holder.update();
  }

  #count(change: number): void {
    const { application } = this.#holder;
    counts.set(application, (counts.get(application) ?? 0) + change);
  }

  #fire(): void {
    if (this.#isBusy) return;
    const { vm, objects, applications } = this.#host;
    const { application } = this.#holder;
    vm.pushRef(this.#fn);
    objects.pushObject(this);
    if (!this.#isRepeated) this.close();
    try {
      const suspended = applications.launch(application, 1, 0);
      if (suspended === undefined) return;
      this.#isBusy = true;
      const end = () => {
        this.#isBusy = false;
      };
      const failed = (error: unknown) => {
        end();
        applications.report(error);
      };
      applications.tasks.add(suspended, {
        application,
        onEnd: { results: end, failed, closed: end },
      });
    } catch (error) {
      applications.report(error);
    }
  }
}

/** A function that is called later, or again and again, until its application stops. */
export const timer: Definition<ScriptTimer> = define<ScriptTimer>({
  name: "timer",
  type: ScriptTimer,
  isAlive: (timer) => timer.isActive,
  members: {
    cancel: method((timer) => timer.close()),
  },
});

/** The members of `mona` that have to do with time. */
export function timers(host: Host): Record<string, Member<Mona>> {
  const { clock } = host.options;
  return {
    wait: method((_mona, args) => {
      const delay = milliseconds(args, 1);
      return host.suspend((goOn) => {
        const timer = clock.after(delay, goOn);
        return () => timer.cancel();
      });
    }),
    timer: method((_mona, args) => start(host, args, false)),
    every: method((_mona, args) => start(host, args, true)),
  };
}

function start(host: Host, args: Arguments, isRepeated: boolean): ScriptTimer {
  const delay = milliseconds(args, 1);
  if (args.type(2) !== Type.function) args.fail(2, "function expected");
  const { current } = host.applications;
  if ((counts.get(current) ?? 0) >= MAX_TIMERS) {
    throw new Error(`more than ${MAX_TIMERS} timers in application ${current.title}`);
  }
  const interval = isRepeated ? Math.max(SHORTEST_INTERVAL, delay) : delay;
  return new ScriptTimer(host, interval, args.ref(2), isRepeated);
}

function milliseconds(args: Arguments, index: number): number {
  const value = args.number(index);
  if (value >= 0 && value <= LONGEST) return value;
  return args.fail(index, `milliseconds from 0 to ${LONGEST} expected`);
}
