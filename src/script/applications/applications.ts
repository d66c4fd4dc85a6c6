import { join } from "node:path";
import { type Clock, errorText, trimmedEnd } from "../../base/mod.ts";
import type { Client } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { EventName } from "../events.ts";
import type { Allowance, Payer } from "../lua/budget.ts";
import { LuaError } from "../lua/error.ts";
import type { Suspended } from "../lua/threads.ts";
import type { LuaVM } from "../lua/vm.ts";
import { Tasks, WAIT_LIMITS, type WaitLimits } from "../waiting/tasks.ts";
import { Application } from "./application.ts";
import { fileInfo, readBytes } from "./disk.ts";
import type { Environments } from "./environments.ts";
import type { FunctionKeeper } from "./kept_functions.ts";

/** How often the disk is asked whether a `main.lua` changed, in milliseconds. */
const CHECK_INTERVAL = 2000;
/** How long a folder that is not there is taken as such without asking again, in milliseconds. */
const ABSENCE_INTERVAL = 100;
/** Most folders of which that is remembered. */
const MAX_ABSENT = 1000;

/** Where applications are, and what is told of them. */
export interface ApplicationsOptions {
  readonly vm: LuaVM;
  readonly environments: Environments;
  readonly keeper: FunctionKeeper;
  /** Absolute path of the root application's folder. */
  readonly www: string;
  /** What an application may run to start and to stop. */
  readonly startAllowance: Allowance;
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

/**
 * The tree of applications: which exist, starting them on first use, restarting one whose
 * `main.lua` changed, and calling their events.
 */
export class Applications {
  readonly root: Application;
  /** The application whose code runs, or ran last. */
  current: Application;
  /** Told of each application that has started; another part of the server may set it. */
  onStarted: (application: Application) => void = () => {};
  /** Told of each error of an application's scripts; another part of the server may set it. */
  onError: (application: Application, message: string) => void = () => {};
  /** Events and methods that wait. */
  readonly tasks: Tasks;
  /** Errors of scripts so far: of events, calls and starts. */
  errors = 0;
  readonly #vm: LuaVM;
  readonly #environments: Environments;
  readonly #keeper: FunctionKeeper;
  readonly #www: string;
  readonly #startAllowance: Allowance;
  readonly #clock: Clock;
  readonly #log: Log;
  /** Whose function {@link begin} pushed. */
  #owner: Application;
  /** Folders that were asked for and are not there: a call's method is one, each time. */
  readonly #absent = new Set<string>();
  #absentSince = 0;

  constructor(options: ApplicationsOptions) {
    this.#vm = options.vm;
    this.#environments = options.environments;
    this.#keeper = options.keeper;
    this.#www = trimmedEnd(options.www, "/");
    this.#startAllowance = options.startAllowance;
    this.#clock = options.clock;
    this.#log = options.log;
    this.root = new Application(undefined, "", `${this.#www}/`);
    this.current = this.#owner = this.root;
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

  /** Makes the globals of the root application, without running anything. */
  prepare(): void {
    if (this.root.environment === 0) this.#environments.create(this.root);
  }

  /** Starts the root application. */
  start(): void {
    this.prepare();
    this.#check(this.root);
  }

  /** Stops all, children before their parents. */
  stop(): void {
    for (const application of [...this.all()].reverse()) this.#stop(application);
    this.tasks.stop();
  }

  /** Every application that was used, parents before their children. */
  *all(from: Application = this.root): Generator<Application> {
    yield from;
    for (const child of [...from.children.values()]) yield* this.all(child);
  }

  /** The application of a path such as "/a/b", started when need be; undefined when none exists. */
  find(path: string, from: Application = this.root): Application | undefined {
    let application = from;
    this.#check(application);
    for (const name of path.split("/")) {
      if (name === "") continue;
      const child = this.#child(application, name);
      if (child === undefined) return undefined;
      application = child;
    }
    return application;
  }

  /** The application that a file on disk belongs to: the one with the nearest folder. */
  ownerOf(file: string): Application | undefined {
    let found: Application | undefined;
    for (const application of this.all()) {
      if (file.startsWith(application.folder)) found = application;
    }
    return found;
  }

  /** Restarts what changed on disk and stops what is gone; asks at most every two seconds. */
  refresh(): void {
    for (const application of this.all()) this.#check(application);
  }

  /** How a file is named in messages: `www/…` for those of applications. */
  chunkName(file: string): string {
    if (!file.startsWith(`${this.#www}/`)) return file;
    return file.slice(this.#www.lastIndexOf("/") + 1);
  }

  /**
   * Compiles a file to run in an application's environment and pushes the function.
   * @throws LuaError
   */
  load(file: string, application: Application): void {
    const vm = this.#vm;
    let source: Uint8Array;
    try {
      source = readBytes(file);
    } catch (error) {
      const reason = errorText(error);
      throw new LuaError(`cannot open ${this.chunkName(file)}: ${reason}`);
    }
    const name = this.chunkName(file);
    vm.load(source, name);
    application.chunks.add(name);
    vm.pushRef(application.environment);
    vm.setGlobals(-2);
  }

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
      this.#vm.call(args, results, payer);
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
      return this.#vm.start(args, results, payer);
    } finally {
      this.current = previous;
    }
  }

  enter(application: Application, payer: Payer | undefined): Application {
    this.#vm.begin(payer);
    const previous = this.current;
    this.current = application;
    return previous;
  }

  leave(previous: Application): void {
    this.#vm.end();
    this.current = previous;
  }

  /**
   * Does something as one event of `payer`'s, with another application as the current one; what it
   * leaves on the stack is taken away. `base` is the top before it.
   */
  within<R>(application: Application, payer: Payer, run: (base: number) => R): R {
    const vm = this.#vm;
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
    this.onError(this.#ownerOfError(error.message), error.message);
  }

  /** The application whose file a message begins with; else the one that runs. */
  #ownerOfError(message: string): Application {
    const [, name] = /^([^\n:]+):\d+: /.exec(message) ?? [];
    const above = this.#www.slice(0, this.#www.lastIndexOf("/") + 1);
    return (name === undefined ? undefined : this.ownerOf(`${above}${name}`)) ?? this.current;
  }

  /** The log for errors: lines are charged to the client that caused the event. */
  logOf(error: Error): Log {
    const peer = error instanceof LuaError ? error.peer : undefined;
    return peer === undefined ? this.#log : this.#log.causedBy(peer);
  }

  #child(parent: Application, name: string): Application | undefined {
    let child = parent.children.get(name);
    if (child === undefined) {
      if (name.startsWith(".") || /[\\\0]/.test(name)) return undefined;
      const folder = `${join(parent.folder, name)}/`;
      if (this.#isAbsent(folder)) return undefined;
      child = new Application(parent, name, folder);
      parent.children.set(name, child);
      child.unmarkAll();
      this.#environments.create(child);
    }
    return this.#check(child) ? child : undefined;
  }

  #isAbsent(folder: string): boolean {
    const absent = this.#absent;
    const now = this.#clock.now();
    if (now - this.#absentSince >= ABSENCE_INTERVAL || absent.size >= MAX_ABSENT) {
      absent.clear();
      this.#absentSince = now;
    }
    if (absent.has(folder)) return true;
    if (fileInfo(folder)?.isDirectory === true) return false;
    absent.add(folder);
    return true;
  }

  /** Brings an application up to date with the disk; false when its folder is gone. */
  #check(application: Application, why = "changed, it starts again"): boolean {
    const now = this.#clock.now();
    if (now - application.checkedAt < CHECK_INTERVAL) return true;
    application.checkedAt = now;
    const info = fileInfo(`${application.folder}main.lua`);
    const exists = info !== undefined && !info.isDirectory;
    if (!exists && application.parent && fileInfo(application.folder)?.isDirectory !== true) {
      this.#stop(application);
      application.parent.children.delete(application.name);
      return false;
    }
    const version = exists ? `${info.modified} ${info.size}` : "";
    const isFresh = !application.isRunning && application.fault === undefined;
    if (version === application.version && !isFresh) return true;
    application.version = version;
    if (isFresh) this.#start(application);
    else this.#restart(application, why);
    return true;
  }

  /** Starts an application again, from what is on disk now. */
  restart(application: Application): void {
    application.checkedAt = -Infinity;
    if (application.isRunning) application.version = "asked for";
    else application.fault = undefined;
    this.#check(application, "is to start again");
  }

  #restart(application: Application, why: string): void {
    this.#log.note(`application ${application.title} ${why}`);
    const before = this.#keeper.note(application, () => this.#clientsOf(application));
    this.#stop(application);
    this.#start(application);
    const count = before.count();
    if (count === 0) return;
    this.#log.warn(
      `application ${application.title}: ${count} client${
        count === 1 ? " goes" : "s go"
      } on with ` +
        "functions of the main.lua before; its onStart can give them new ones",
    );
  }

  /** Those of an application and of all below it. */
  *#clientsOf(application: Application): Generator<Client> {
    for (const each of this.all(application)) yield* each.clients;
  }

  #start(application: Application): void {
    application.fault = undefined;
    const vm = this.#vm;
    try {
      if (application.version !== "") {
        vm.scoped(() => {
          this.load(`${application.folder}main.lua`, application);
          vm.within(this.#startAllowance, () => this.run(application, 0, 0));
        });
      }
    } catch (error) {
      this.#fail(application, error);
      return;
    }
    application.isRunning = true;
    this.#environments.show(application, true);
    // A folder of files runs nothing.
    if (application.version !== "") this.#log.debug(`application ${application.title} started`);
    this.#announce(application, "onStart");
    this.onStarted(application);
  }

  #fail(application: Application, error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.errors++;
    application.fault = error instanceof LuaError ? error.spoken ?? "" : "";
    this.#log.error(`application ${application.title}: ${error.message}`);
    this.onError(application, error.message);
    this.#empty(application);
  }

  #stop(application: Application): void {
    if (!application.isRunning) return;
    this.#announce(application, "onStop");
    application.isRunning = false;
    this.#environments.show(application, false);
    this.#empty(application);
    this.#log.debug(`application ${application.title} stopped`);
  }

  /** Ends all that an application's scripts opened and forgets their globals. */
  #empty(application: Application): void {
    this.#endWaiting(application);
    for (const resource of [...application.resources]) resource.close();
    application.resources.clear();
    for (const ref of application.loaded.values()) this.#vm.unref(ref);
    application.loaded.clear();
    application.chunks.clear();
    this.#environments.clear(application);
  }

  #endWaiting({ waiting, title }: Application): void {
    const { size } = waiting;
    if (size === 0) return;
    this.#log.note(
      `application ${title} stops: ${size} ${
        size === 1 ? "function that waits" : "functions that wait"
      } ended`,
    );
    for (const each of [...waiting]) each.close(`application ${title} stopped`);
  }

  #announce(application: Application, event: "onStart" | "onStop"): void {
    if (!application.has(event) || !this.begin(application, event)) return;
    this.#vm.pushText(application.path);
    this.#vm.within(this.#startAllowance, () => {
      if (event === "onStart") this.attempt(1);
      else this.attemptNow(1);
    });
  }
}
