import process from "node:process";
import type { Metric } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Cluster } from "../cluster/mod.ts";
import type { SharedObjects } from "../flash/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { NetGroups } from "../protocols/rtmfp/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import type { Recorder } from "../recordings/mod.ts";
import {
  clusterExtension,
  type Operator,
  printLine,
  Scripts,
  serviceGlobals,
  serviceObjects,
} from "../script/mod.ts";
import { type DataStore, Fetcher, FetchRules, Mailer } from "../services/mod.ts";

const MEGABYTE = 1_048_576;

/** What the server gives to its scripts. */
export interface ScriptSurroundings {
  readonly hub: Hub;
  readonly objects: SharedObjects;
  /** Closed when the scripts stop. */
  readonly data: DataStore;
  readonly scheduler: WriteScheduler;
  readonly cluster: Cluster;
  readonly recorder: Recorder;
  readonly groupMember: NetGroups | undefined;
  /** Name or address that clients are told, empty for none. */
  readonly host: string;
  /** Stops the server in order. */
  readonly exit: (code: number) => void;
}

/** Applications that run. */
export interface RunningScripts {
  readonly isStarted: boolean;
  /** Whether what scripts keep can be written. */
  readonly isDataKept: boolean;
  /** Errors so far, and bytes that Lua holds. */
  readonly errors: number;
  readonly memory: number;
  readonly memoryLimit: number;
  metrics(): Iterable<Metric>;
  /** Looks at applications and acts on them. */
  readonly operator: Operator;
  /** Stops them, then what they used: mail that waits is sent, data is on disk. */
  stop(): Promise<void>;
}

/** Starts the root application, with its services; the hub's events are the scripts' from now on. */
export function startScripts(
  { config, places, logger }: ServerOptions,
  { hub, objects, data, scheduler, cluster, recorder, groupMember, host, exit }: ScriptSurroundings,
): RunningScripts {
  const { clock } = hub;
  const mailer = new Mailer(config.smtp, clock);
  const { earlyConnect } = config.lua;
  const fetcher = new Fetcher({
    clock,
    rules: new FetchRules(config.lua.fetch),
    maxSize: config.lua.fetchSize,
  });
  const services = { data, mailer, fetcher, sockets: { clock, scheduler }, earlyConnect };
  const scripts = new Scripts({
    hub,
    sharedObjects: objects,
    clock,
    config: config.tree,
    publicAddress: host,
    bans: hub.bans,
    recorder,
    groupMember,
    log: logger("script"),
    www: places.www,
    memory: config.lua.memory * MEGABYTE,
    instructions: config.lua.instructions,
    values: config.lua.maxValues,
    startInstructions: config.lua.startInstructions,
    waits: {
      perApplication: config.lua.waits,
      perClient: config.lua.clientWaits,
      lifetime: config.lua.waitTime,
    },
    cpuTime,
    clientShare: config.lua.clientShare,
    onLongEvent: () => scheduler.turns.end(),
    exit,
    print: printLine,
    extensions: (host) => [...serviceObjects(services)(host), clusterExtension(host, cluster)],
    globals: serviceGlobals(services),
  });
  hub.handler = scripts.handler;
  scripts.start();
  return {
    get isStarted() {
      return scripts.isStarted;
    },
    get isDataKept() {
      return data.failure === undefined;
    },
    get errors() {
      return scripts.errors;
    },
    get memory() {
      return scripts.memory;
    },
    memoryLimit: config.lua.memory * MEGABYTE,
    metrics: () => scripts.metrics(),
    operator: scripts.operator,
    async stop() {
      scripts.stop();
      fetcher.close();
      await mailer.close();
      await data.close();
    },
  };
}

/** Milliseconds that the process has used the processor. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
