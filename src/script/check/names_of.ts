import type { Host } from "../host.ts";
import type { Objects } from "../lua/objects.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import { type ClassNames, ENVIRONMENT, type Vocabulary } from "./vocabulary.ts";

/** The root application's tables: its globals are what every application finds. */
const ENVIRONMENTS: ReadonlySet<string> = new Set(["this", "_G", "super", "www"]);

/** The names that the scripts of a server find, read off its Lua machine. */
export function namesOf(host: Host): Vocabulary {
  const { vm, objects, applications } = host;
  const classes = new Map<string, ClassNames>(classesOf(objects));
  const globals = new Map<string, string | undefined>([["super", ENVIRONMENT]]);
  vm.scoped((base) => {
    vm.pushGlobals();
    vm.pushRef(applications.root.base);
    for (const table of [base + 1, base + 2]) {
      for (const name of keys(vm, table)) {
        globals.set(name, classOfGlobal(vm, objects, name, classes));
      }
    }
  });
  return { globals, classes };
}

function* classesOf(objects: Objects): Generator<[name: string, names: ClassNames]> {
  for (const [{ name, dynamic, index, assign, aliases = {} }, all] of objects.definitions()) {
    const named = (kind: string) => all.filter(({ member }) => member.kind === kind);
    const names = (list: typeof all) => new Set(list.map(({ name }) => name));
    yield [name, {
      members: new Set([...names(all), ...Object.keys(aliases)]),
      methods: names(named("method")),
      events: names(named("event")),
      isOpen: (dynamic ?? index ?? assign) !== undefined,
    }];
  }
}

/** The class of the value on top of the stack; Lua's own tables of functions become one. */
function classOfGlobal(
  vm: LuaVM,
  objects: Objects,
  name: string,
  classes: Map<string, ClassNames>,
): string | undefined {
  if (ENVIRONMENTS.has(name)) return ENVIRONMENT;
  if (vm.type(-1) !== Type.table) return undefined;
  const definition = objects.definitionAt(-1);
  if (definition !== undefined) return definition.name;
  // An application's `package` is one more layer over Lua's.
  const members = new Set([...classes.get(name)?.members ?? [], ...keys(vm, vm.top)]);
  classes.set(name, { members, methods: members, events: new Set(), isOpen: false });
  return name;
}

/** The names in a table; the value of each is on top of the stack meanwhile. */
function* keys(vm: LuaVM, table: number): Generator<string> {
  vm.pushNil();
  while (vm.next(table)) {
    if (vm.type(-2) === Type.string) yield vm.toText(-2) as string;
    vm.pop();
  }
}
