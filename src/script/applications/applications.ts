import { join } from "node:path";
import { type Clock, errorText, trimmedEnd } from "../../base/mod.ts";
import type { Client } from "../../hub/mod.ts";
import type { Allowance } from "../lua/budget.ts";
import { LuaError } from "../lua/error.ts";
import { Application } from "./application.ts";
import { ApplicationCalls, type CallsOptions } from "./application_calls.ts";
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
export interface ApplicationsOptions extends CallsOptions {
  readonly keeper: FunctionKeeper;
  /** Absolute path of the root application's folder. */
  readonly www: string;
  /** What an application may run to start and to stop. */
  readonly startAllowance: Allowance;
}

/**
 * The tree of applications: which exist, starting them on first use, and restarting one whose
 * `main.lua` changed.
 */
export class Applications extends ApplicationCalls {
  readonly root: Application;
  /** Told of each application that has started; another part of the server may set it. */
  onStarted: (application: Application) => void = () => {};
  readonly #environments: Environments;
  readonly #keeper: FunctionKeeper;
  readonly #www: string;
  readonly #startAllowance: Allowance;
  readonly #clock: Clock;
  /** Folders that were asked for and are not there: a call's method is one, each time. */
  readonly #absent = new Set<string>();
  #absentSince = 0;

  constructor(options: ApplicationsOptions) {
    const www = trimmedEnd(options.www, "/");
    const root = new Application(undefined, "", `${www}/`);
    super(options, root);
    this.root = root;
    this.#www = www;
    this.#environments = options.environments;
    this.#keeper = options.keeper;
    this.#startAllowance = options.startAllowance;
    this.#clock = options.clock;
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

  /** The application whose file a message begins with; else the one that runs. */
  protected override ownerOfError(message: string): Application {
    const [, name] = /^([^\n:]+):\d+: /.exec(message) ?? [];
    const above = this.#www.slice(0, this.#www.lastIndexOf("/") + 1);
    return (name === undefined ? undefined : this.ownerOf(`${above}${name}`)) ?? this.current;
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
    const vm = this.vm;
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
    this.log.note(`application ${application.title} ${why}`);
    const before = this.#keeper.note(application, () => this.#clientsOf(application));
    this.#stop(application);
    this.#start(application);
    const count = before.count();
    if (count === 0) return;
    this.log.warn(
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
    const vm = this.vm;
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
    if (application.version !== "") this.log.debug(`application ${application.title} started`);
    this.#announce(application, "onStart");
    this.onStarted(application);
  }

  #fail(application: Application, error: unknown): void {
    if (!(error instanceof Error)) throw error;
    this.errors++;
    application.fault = error instanceof LuaError ? error.spoken ?? "" : "";
    this.log.error(`application ${application.title}: ${error.message}`);
    this.onError(application, error.message);
    this.#empty(application);
  }

  #stop(application: Application): void {
    if (!application.isRunning) return;
    this.#announce(application, "onStop");
    application.isRunning = false;
    this.#environments.show(application, false);
    this.#empty(application);
    this.log.debug(`application ${application.title} stopped`);
  }

  /** Ends all that an application's scripts opened and forgets their globals. */
  #empty(application: Application): void {
    this.#endWaiting(application);
    for (const resource of [...application.resources]) resource.close();
    application.resources.clear();
    for (const ref of application.loaded.values()) this.vm.unref(ref);
    application.loaded.clear();
    application.chunks.clear();
    this.#environments.clear(application);
  }

  #endWaiting({ waiting, title }: Application): void {
    const { size } = waiting;
    if (size === 0) return;
    this.log.note(
      `application ${title} stops: ${size} ${
        size === 1 ? "function that waits" : "functions that wait"
      } ended`,
    );
    for (const each of [...waiting]) each.close(`application ${title} stopped`);
  }

  #announce(application: Application, event: "onStart" | "onStop"): void {
    if (!application.has(event) || !this.begin(application, event)) return;
    this.vm.pushText(application.path);
    this.vm.within(this.#startAllowance, () => {
      if (event === "onStart") this.attempt(1);
      else this.attemptNow(1);
    });
  }
}
