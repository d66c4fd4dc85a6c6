import type { Clock } from "../base/mod.ts";
import type { ConfigTree } from "../config/mod.ts";
import type { SharedObjects } from "../flash/mod.ts";
import type { Hub, Publication } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { Recorder } from "../recordings/mod.ts";
import type { Application, Resource } from "./applications/application.ts";
import type { Applications } from "./applications/applications.ts";
import type { Payer } from "./lua/budget.ts";
import { type Answer, Pushed } from "./lua/definition.ts";
import type { Objects } from "./lua/objects.ts";
import type { Wait } from "./lua/threads.ts";
import { ALL, type LuaVM } from "./lua/vm.ts";
import { ScriptMetrics } from "./metrics/registry.ts";
import { Shares } from "./shares.ts";

/** References of what the prelude returns, functions mostly. */
export interface Prelude {
  /** Fills the layer below an application's globals. */
  readonly equip: number;
  /** Tells the name of the file that a function was written in. */
  readonly sourceOf: number;
  /** Tells how many parameters a function names. */
  readonly parameterCount: number;
  /** Makes an XML document navigable by names. */
  readonly xmlTree: number;
  /** The order in which the attributes of each node of XML came; no function. */
  readonly xmlOrders: number;
}

/** A publication on its way into a NetGroup, or out of it. */
export interface GroupPublication {
  readonly isOver: boolean;
  /** Peers that get it from this server, or that the server gets it from. */
  readonly peers: number;
  close(): void;
}

/** This server as a member of NetGroups. */
export interface GroupMember {
  /**
   * Puts a publication into a group until it ends; `onOver` is called then.
   * @throws an error that says why it cannot be put there
   */
  publish(
    publication: Publication,
    spec: string,
    streamName: string,
    onOver: () => void,
  ): GroupPublication;
  /**
   * Publishes a group's stream as `name`, until it is closed.
   * @throws an error that says why it cannot be played
   */
  play(spec: string, streamName: string, name: string, onOver: () => void): GroupPublication;
}

/** What {@link Host} gives to scripts. */
export interface HostOptions {
  readonly hub: Hub;
  /** All settings, for `mona.configs`. */
  readonly config: ConfigTree;
  /** Address that clients and other servers are told, for `mona.publicAddress`. */
  readonly publicAddress: string;
  readonly bans: { ban(text: string): void; unban(text: string): void };
  readonly clock: Clock;
  readonly log: Log;
  readonly sharedObjects?: SharedObjects;
  /** How much of the thread the events of one client may take, in percent. */
  readonly clientShare: number;
  /** An event took long: the turn of the client's input ends. */
  readonly onLongEvent?: () => void;
  /** Records what scripts want recorded; nothing is without. */
  readonly recorder?: Recorder | undefined;
  /** Puts publications into NetGroups; none can be without. */
  readonly groupMember?: GroupMember | undefined;
  /** Stops the server in order: `os.exit`. */
  readonly exit: (code: number) => void;
  /** A line for the console: `print`. */
  readonly print: (line: Uint8Array) => void;
}

/** What the objects of scripts share: the server on one side, Lua on the other. */
export class Host {
  readonly hub: Hub;
  readonly options: HostOptions;
  readonly vm: LuaVM;
  readonly objects: Objects;
  readonly applications: Applications;
  readonly shares: Shares;
  /** What scripts count for operators. */
  readonly metrics = new ScriptMetrics();
  /** Objects whose `onManage` is to be called every two seconds, with whose code it is. */
  readonly managed: Map<object, Application> = new Map();

  readonly prelude: Prelude;

  constructor(
    options: HostOptions,
    objects: Objects,
    applications: Applications,
    prelude: Prelude,
  ) {
    this.options = options;
    this.shares = new Shares({ ...options, percent: options.clientShare });
    this.hub = options.hub;
    this.vm = objects.vm;
    this.objects = objects;
    this.applications = applications;
    this.prelude = prelude;
  }

  get log(): Log {
    return this.options.log;
  }

  /**
   * Ties something that the running script opened to its application: it closes when the
   * application stops. Returns the application, for {@link call}.
   */
  own(resource: Resource): Application {
    const application = this.applications.current;
    application.resources.add(resource);
    return application;
  }

  /**
   * Has the running function wait; called last in a function for scripts.
   * @throws Error where it cannot wait
   */
  suspend(wait: Wait): Pushed {
    const { tasks, current } = this.applications;
    return new Pushed(tasks.suspend(current, this.vm.payer, wait));
  }

  /**
   * Calls an event that a script assigned to an object, from a timer, a socket or another event;
   * `payer` is charged for the script time, where there is one.
   * `read` gets the stack index of the first result and how many there are. An error of the
   * script goes to the log; undefined when the event is not defined, or failed. Without `read` the
   * event may wait: then it ends with the payer's client, unless it `isLasting`.
   */
  call<R>(
    application: Application,
    object: object,
    event: string,
    args: readonly Answer[],
    payer?: Payer,
    read?: (vm: LuaVM, first: number, count: number) => R,
    isLasting = false,
  ): R | undefined {
    const { vm, objects } = this;
    return vm.scoped((base) => {
      try {
        if (!objects.event(object, event)) return undefined;
        vm.reserve(args.length + 8);
        for (const arg of args) objects.push(arg);
        if (read !== undefined) {
          this.applications.run(application, args.length + 1, ALL, payer);
          return read(vm, base + 1, vm.top - base);
        }
        const suspended = this.applications.launch(application, args.length + 1, 0, payer);
        if (suspended !== undefined) {
          const later = isLasting ? payer?.lasting : payer;
          this.applications.tasks.add(suspended, { application, payer: later });
        }
        return undefined;
      } catch (error) {
        this.applications.report(error);
        return undefined;
      }
    });
  }
}
