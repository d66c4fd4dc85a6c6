import type { Redirection } from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { EventName } from "./events.ts";
import type { Host } from "./host.ts";
import type { Payer } from "./lua/budget.ts";
import { Type } from "./lua/stack.ts";
import { ALL, type LuaVM } from "./lua/vm.ts";
import { typedEntries } from "./objects/string_map.ts";

/** An object that clients can be sent to: a server, or several. */
export interface RedirectionTarget {
  /** `host:port` each, for clients of a port such as "RTMFP". */
  redirectionsFor(portName: string): readonly string[];
}

/**
 * Later servers pass the protocol before the other arguments. A function that takes more than
 * the earlier ones is meant for that: pushes it and returns 1, else 0. The function is on top.
 */
export function pushProtocolFirst(host: Host, protocol: string, earlier: number): 0 | 1 {
  const { vm } = host;
  vm.pushRef(host.prelude.parameterCount);
  vm.pushCopy(-2);
  vm.call(1, 1);
  const count = vm.toNumber(-1);
  vm.pop();
  if (count <= earlier) return 0;
  vm.pushText(protocol);
  return 1;
}

/** The `properties` of onHandshake, as `client.properties` would have them. */
export function pushProperties(
  { vm, objects }: Host,
  properties: ReadonlyMap<string, string>,
): void {
  vm.pushTable(0, properties.size);
  for (const [name, value] of typedEntries(properties)) {
    vm.pushText(name);
    objects.push(value);
    vm.rawSet(-3);
  }
}

/** Tables inside of each other that are looked into. */
const MAX_DEPTH = 8;

/** Who is asked where a client is to go. */
export interface RedirectionQuestion {
  readonly application: Application;
  readonly event: EventName;
  /** The port of other servers that is meant, such as "RTMFP". */
  readonly portName: string;
  /** Whose script time it is. */
  readonly payer?: Payer;
}

/**
 * Asks an application's event where a client is to go. `push` pushes the arguments and returns how
 * many they are; an error goes to the log.
 */
export function askRedirection(
  host: Host,
  { application, event, portName, payer }: RedirectionQuestion,
  push: (vm: LuaVM) => number,
): Redirection | undefined {
  const { vm, applications } = host;
  return vm.scoped((base) => {
    try {
      if (!applications.begin(application, event)) return undefined;
      applications.finish(push(vm), ALL, payer);
      return redirections(host, portName, base + 1, vm.top);
    } catch (error) {
      applications.report(error);
      return undefined;
    }
  });
}

/** Addresses among the values `first` to `last`: texts, servers, and tables of these. */
export function redirections(
  host: Host,
  portName: string,
  first: number,
  last: number,
): Redirection | undefined {
  const found: string[] = [];
  const { vm, objects } = host;
  const collect = (index: number, depth: number): void => {
    if (vm.type(index) === Type.string) {
      const texts = (vm.toText(index) ?? "").split(",").map((text) => text.trim());
      found.push(...texts.filter((text) => text !== ""));
      return;
    }
    if (vm.type(index) !== Type.table || depth === MAX_DEPTH) return;
    const object = objects.at(index) as Partial<RedirectionTarget> | undefined;
    if (object !== undefined) {
      found.push(...object.redirectionsFor?.(portName) ?? []);
      return;
    }
    const table = vm.absolute(index);
    const length = vm.rawLength(table);
    vm.reserve(4);
    for (let i = 1; i <= length; i++) {
      vm.rawGetAt(table, i);
      collect(vm.top, depth + 1);
      vm.pop();
    }
  };
  for (let index = first; index <= last; index++) collect(index, 0);
  return found.length === 0 ? undefined : found;
}
