import {
  counter,
  gauge,
  Histogram,
  histogram,
  type Metered,
  type Metric,
  type Timer,
} from "../base/mod.ts";
import { encodeText } from "../bytes/mod.ts";

import { Applications } from "./applications/applications.ts";
import type { Application } from "./applications/application.ts";
import { namesOf } from "./check/names_of.ts";
import type { Vocabulary } from "./check/vocabulary.ts";
import { Environments, type OwnGlobal } from "./applications/environments.ts";
import { FunctionKeeper } from "./applications/kept_functions.ts";
import { Include } from "./applications/include.ts";
import { defineIo } from "./applications/io.ts";
import { defineOs } from "./applications/os.ts";
import { Host, type HostOptions, type Prelude } from "./host.ts";
import { MESSAGE } from "./client_calls.ts";
import { ScriptHandler } from "./handler.ts";
import { defineLogFunctions } from "./log_functions.ts";
import { Objects } from "./lua/objects.ts";
import { Operator } from "./operator/operator.ts";
import { PeerLog } from "./peer_log.ts";
import type { Allowance } from "./lua/budget.ts";
import { boundPatterns } from "./lua/library/bounded_strings.ts";
import { boundCollector } from "./lua/library/collector.ts";
import { boundCoroutines } from "./lua/library/coroutines.ts";
import {
  acceptAnyPosition,
  acceptNumerals,
  boundTables,
  prepareMetatables,
} from "./lua/library/lua51_library.ts";
import lua51 from "./lua/lua51.lua" with { type: "text" };
import prelude from "./lua/prelude.lua" with { type: "text" };
import { Type } from "./lua/stack.ts";
import { type HostFunction, LuaVM } from "./lua/vm.ts";
import { defineObjects, type Extension } from "./objects/all.ts";
import { client } from "./objects/client.ts";
import { Clients } from "./objects/clients.ts";
import { Mona } from "./objects/mona_type.ts";
import { tellRecorded } from "./objects/recordings.ts";
import type { WaitLimits } from "./waiting/tasks.ts";
import { ApplicationTypes } from "./typed_objects.ts";

/** What scripts are run for, and within which limits. */
export interface ScriptsOptions extends HostOptions {
  /** Absolute path of the root application's folder. */
  readonly www: string;
  /** Bytes that all scripts together may hold. */
  readonly memory: number;
  /** Instructions that one event may run; 0 for no limit. */
  readonly instructions: number;
  /** Values that one message may bring; 0 for no limit. */
  readonly values?: number;
  /** Instructions that an application may run to be loaded, in `onStart` and in `onStop`. */
  readonly startInstructions: number;
  /** How many functions may wait, and how long. */
  readonly waits?: WaitLimits;
  /** Milliseconds that the process has used the processor; by default the clock's. */
  readonly cpuTime?: () => number;
  /** Objects on top of services; see docs/lua_objects.md. */
  readonly extensions?: (host: Host) => readonly Extension[];
  /** Globals that every application has of its own, such as `data`. */
  readonly globals?: (host: Host) => ReadonlyMap<string, OwnGlobal>;
}

/** Upper bounds of the time of an event, in seconds. */
const EVENT_BOUNDS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1];

/** How often `onManage` is called and the disk is asked for changes, in milliseconds. */
const MANAGE_INTERVAL = 2000;

/** The Lua side of the server. */
export class Scripts implements Metered {
  readonly handler: ScriptHandler;
  readonly host: Host;
  /** Looks at applications and acts on them, for operators. */
  readonly operator: Operator;
  readonly #vm: LuaVM;
  /** Seconds that events took, and how many were stopped for their length. */
  readonly #events = new Histogram(EVENT_BOUNDS);
  #stopped = 0;
  #timer: Timer | undefined;

  constructor(given: ScriptsOptions) {
    const log = new PeerLog(given.log, () => vm.peer);
    const options = { ...given, log };
    const vm: LuaVM = new LuaVM({
      memory: options.memory,
      allowance: allowance("instructions", options.instructions),
      now: () => options.clock.now(),
      cpuTime: options.cpuTime,
      values: options.values ?? 0,
      warn: (text) => log.error(text),
      onEvent: (milliseconds, isStopped) => {
        this.#events.add(milliseconds / 1000);
        if (isStopped) this.#stopped++;
      },
    });
    this.#vm = vm;
    const loaded = runPrelude(vm, (line) => {
      this.operator.print(line);
      options.print(line);
    });
    defineLogFunctions(vm, log);
    const globals = new Map<string, OwnGlobal>();
    const objects: Objects = new Objects(vm, (of) => new ApplicationTypes(of, () => applications));
    const environments = new Environments(vm, loaded.equip, globals);
    const keeper = new FunctionKeeper(objects, loaded.sourceOf);
    const applications = new Applications({
      ...options,
      startAllowance: allowance("startInstructions", options.startInstructions),
      vm,
      environments,
      keeper,
    });
    const host = new Host(options, objects, applications, loaded);
    this.host = host;
    this.operator = new Operator(host);
    defineIo(host);
    defineOs(host);
    defineObjects(host, options.extensions?.(host) ?? []);
    pushMona(vm, objects);
    for (const [name, push] of ownGlobals(host)) globals.set(name, push);
    for (const [name, push] of options.globals?.(host) ?? []) globals.set(name, push);
    tellRecorded(host);
    const members = Object.entries(client(host).members);
    const events = members.filter(([, { kind }]) => kind === "event").map(([name]) => name);
    this.handler = new ScriptHandler(host, new Set(events.filter((name) => name !== MESSAGE)));
  }

  /** The names that scripts find; no script has to run for that. */
  get names(): Vocabulary {
    this.host.applications.prepare();
    return namesOf(this.host);
  }

  /** Runs the root application, and `onManage` from now on. */
  start(): void {
    this.host.applications.start();
    this.#timer = this.host.options.clock.every(MANAGE_INTERVAL, () => this.manage());
  }

  /** Stops every application, with its `onStop`. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.host.applications.stop();
  }

  /** What happens every two seconds. */
  manage(): void {
    const { applications, hub, managed } = this.host;
    applications.refresh();
    for (const application of applications.all()) {
      if (application.owns("onManage") && applications.begin(application, "onManage")) {
        applications.attempt(0);
      }
    }
    // What a script pushed and forgot to flush is late, not lost.
    for (const publication of hub.publications()) publication.flush();
    for (const [object, application] of [...managed]) {
      if (managed.has(object)) this.host.call(application, object, "onManage", []);
    }
  }

  /** Whether the root application runs; it does without a `main.lua` too. */
  get isStarted(): boolean {
    return this.host.applications.root.isRunning;
  }

  *metrics(): Generator<Metric> {
    const { memoryLimit } = this.#vm;
    yield histogram(
      "script_event_seconds",
      "Time that events and calls of scripts took.",
      this.#events,
    );
    yield counter("script_errors", "Errors of scripts: events, calls, starts.", this.errors);
    yield counter(
      "script_stopped_events",
      "Events that were stopped for their length.",
      this.#stopped,
    );
    yield gauge("script_waits", "Functions of scripts that wait.", this.waiting);
    yield gauge("lua_memory_bytes", "Memory of all applications.", this.memory);
    yield gauge("lua_memory_limit_bytes", "What they may have, of [lua] memory.", memoryLimit);
    yield* this.host.metrics.metrics();
  }

  /** Errors of scripts so far. */
  get errors(): number {
    return this.host.applications.errors;
  }

  /** Functions that wait now. */
  get waiting(): number {
    return this.host.applications.tasks.count;
  }

  /** Bytes that the Lua module holds. */
  get memory(): number {
    return this.#vm.memory.length;
  }
}

function allowance(key: string, instructions: number): Allowance {
  return { key: `[lua] ${key}`, instructions: instructions === 0 ? Infinity : instructions };
}

/** Runs what comes before any script. */
function runPrelude(vm: LuaVM, print: (line: Uint8Array) => void): Prelude {
  boundPatterns(vm);
  boundCoroutines(vm);
  boundCollector(vm);
  boundTables(vm);
  acceptAnyPosition(vm);
  acceptNumerals(vm);
  vm.load(encodeText(lua51), "lua51.lua");
  vm.call(0, 0);
  vm.load(encodeText(prelude), "prelude.lua");
  vm.pushFunction(() => {
    const line = vm.toBytes(1);
    if (line !== undefined) print(line);
    return 0;
  });
  vm.pushMainThread();
  vm.pushRef(vm.threads.set);
  vm.call(3, 6);
  prepareMetatables(vm, vm.ref());
  const xmlOrders = vm.ref();
  const xmlTree = vm.ref();
  const parameterCount = vm.ref();
  const sourceOf = vm.ref();
  return { equip: vm.ref(), sourceOf, parameterCount, xmlTree, xmlOrders };
}

function pushMona(vm: LuaVM, objects: Objects): void {
  const server = new Mona();
  vm.pushGlobals();
  for (const name of ["mona", "cumulus"]) {
    objects.pushObject(server);
    vm.setField(-2, name);
  }
  vm.pop();
}

/** The globals that each application has of its own. */
function* ownGlobals(host: Host): Generator<[name: string, push: OwnGlobal]> {
  const { vm, objects, applications } = host;
  const include = new Include(vm, applications);
  const made = (make: (application: Application) => HostFunction): OwnGlobal => (application) =>
    vm.pushFunction(make(application));
  yield ["require", made((application) => include.require(application))];
  yield ["dofile", made((application) => include.dofile(application))];
  yield ["loadfile", made((application) => include.loadfile(application))];
  yield ["children", made((application) => () => pushChildren(host, application))];
  yield ["clients", (application) => {
    const { clients } = application;
    objects.pushObject(
      new Clients(() => clients, () => clients.size, (id) => {
        const found = host.hub.clients.get(id);
        return found !== undefined && clients.has(found) ? found : undefined;
      }),
    );
  }];
}

/** `children(path)`: a child, started when need be, or nil; without path, those that run. */
function pushChildren(host: Host, application: Application): number {
  const { vm, applications } = host;
  if (vm.top >= 1 && vm.type(1) === Type.string) {
    const child = applications.find(vm.toText(1) as string, application);
    if (child?.isRunning && child !== application) vm.pushRef(child.environment);
    else vm.pushNil();
    return 1;
  }
  vm.pushTable();
  for (const child of application.children.values()) {
    if (!child.isRunning) continue;
    vm.pushText(child.name);
    vm.pushRef(child.environment);
    vm.rawSet(-3);
  }
  return 1;
}
