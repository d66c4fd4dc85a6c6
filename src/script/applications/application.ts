import type { Client, ClientHooks } from "../../hub/mod.ts";
import { eventBit, type EventName } from "../events.ts";
import type { Waiting } from "../lua/budget.ts";

/** Something that an application opened and that ends with it. */
export interface Resource {
  close(): void;
}

/**
 * One application: a folder of `www` and the environment its `main.lua` runs in. An event that
 * neither it nor an ancestor defines is known not to be there without asking Lua.
 */
export class Application {
  /** "" for the root, else "/a/b". */
  readonly path: string;
  /** Last segment of the path. */
  readonly name: string;
  readonly parent: Application | undefined;
  /** Absolute path of its folder, ending with "/". */
  readonly folder: string;
  readonly children: Map<string, Application> = new Map();
  readonly clients: Set<Client> = new Set();
  readonly resources: Set<Resource> = new Set();
  /** Its functions that wait. */
  readonly waiting: Set<Waiting> = new Set();
  /** References of files that `require` ran, by absolute path. */
  readonly loaded: Map<string, number> = new Map();
  /** Names of the files that it ran, as messages have them. */
  readonly chunks: Set<string> = new Set();
  /** Shared by all its clients: which packets its scripts, or an ancestor's, want to see. */
  readonly hooks: ClientHooks = { audio: false, video: false, data: false };

  /** Reference of the table of its globals. */
  environment = 0;
  /** Reference of the layer below: `name`, `super`, running children, ... */
  base = 0;
  isRunning = false;
  /** It failed when it was loaded: what it said to its clients, maybe nothing; undefined when not. */
  fault: string | undefined;
  /** What tells one state of `main.lua` from the next; "" when there is none. */
  version = "";
  /** When the disk was last asked, in milliseconds of the clock. */
  checkedAt = -Infinity;

  #own = 0;
  #all = 0;

  constructor(parent: Application | undefined, name: string, folder: string) {
    this.parent = parent;
    this.name = name;
    this.folder = folder;
    this.path = parent === undefined ? "" : `${parent.path}/${name}`;
  }

  /** How the path reads in messages. */
  get title(): string {
    return this.path || "/";
  }

  /** True when it or an ancestor may define the event. */
  has(event: EventName): boolean {
    return (this.#all & eventBit[event]) !== 0;
  }

  /** True when its own `main.lua` may define the event. */
  owns(event: EventName): boolean {
    return (this.#own & eventBit[event]) !== 0;
  }

  /** Notes that its own environment defines an event, or no longer does. */
  mark(event: EventName, isDefined: boolean): void {
    const bit = eventBit[event];
    this.#own = isDefined ? this.#own | bit : this.#own & ~bit;
    this.#inherit();
  }

  /** Forgets every event of its own: its environment is empty. */
  unmarkAll(): void {
    this.#own = 0;
    this.#inherit();
  }

  #inherit(): void {
    this.#all = this.#own | (this.parent === undefined ? 0 : this.parent.#all);
    this.hooks.audio = this.has("onAudioPacket");
    this.hooks.video = this.has("onVideoPacket");
    this.hooks.data = this.has("onDataPacket");
    for (const child of this.children.values()) child.#inherit();
  }

  /** Itself, its parent, and so on to the root. */
  *lineage(): Generator<Application> {
    // deno-lint-ignore no-this-alias
    let application: Application | undefined = this;
    for (; application !== undefined; application = application.parent) yield application;
  }
}
