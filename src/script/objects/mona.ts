import { trimmed, trimmedEnd } from "../../base/mod.ts";
import { binaryText } from "../../bytes/mod.ts";
import { md5, sha256 } from "../../crypto/mod.ts";
import { hexDump } from "../../logs/mod.ts";
import { environmentVariables, fileInfo, namesIn } from "../applications/disk.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import {
  define,
  type Definition,
  type Member,
  method,
  Pushed,
  readonly,
  Results,
} from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import { addressArgument, addresses } from "./addresses.ts";
import { Clients } from "./clients.ts";
import { conversions } from "./conversions.ts";
import { ScriptFile } from "./file.ts";
import { Groups, joinGroup } from "./groups.ts";
import { MediaWriter } from "./media_writer.ts";
import { ownPublication } from "./publication.ts";
import { Publications } from "./publications.ts";

/** The server, as scripts see it: the global `mona`, or `cumulus`. */
export class Mona {}

/** `more`: members that other files add, such as sockets, mail and servers. */
export function mona(host: Host, more: Readonly<Record<string, Member<Mona>>>): Definition<Mona> {
  const { hub, options } = host;
  const clients = new Clients(
    () => hub.clients.values(),
    () => hub.clients.size,
    (id) => hub.clients.get(id),
  );
  const groups = new Groups(hub);
  const publications = new Publications(hub);
  const environments = new Variables(environmentVariables());
  const epochTime = () => Math.round(options.clock.epoch());
  return define<Mona>({
    name: "mona",
    type: Mona,
    isAlive: () => true,
    members: {
      clients: readonly(() => clients),
      configs: readonly(() => options.config),
      environments: readonly(() => (vm) => environments.push(vm)),
      epochTime: readonly(epochTime),
      groups: readonly(() => groups),
      publications: readonly(() => publications),
      publicAddress: readonly(() => options.publicAddress),
      time: method(epochTime),
      absolutePath: method((_mona, args) => {
        const path = trimmed(args.text(1, ""), "/");
        return `${host.applications.root.folder}${path === "" ? "" : `${path}/`}`;
      }),
      addToBlacklist: method((_mona, args) => {
        for (let i = 1; i <= args.count; i++) options.bans.ban(addressArgument(args, i));
      }),
      removeFromBlacklist: method((_mona, args) => {
        for (let i = 1; i <= args.count; i++) options.bans.unban(addressArgument(args, i));
      }),
      publish: method((_mona, args) => publish(host, args)),
      joinGroup: method((_mona, args) => joinGroup(hub, args)),
      md5: method((_mona, args) => digests(args, md5)),
      sha256: method((_mona, args) => digests(args, sha256)),
      split: method((_mona, args) => split(args)),
      files: method((_mona, args) => files(host, args)),
      createMediaWriter: method((_mona, args) => new MediaWriter(args.text(1, ""))),
      dump: method((_mona, args) => dump(host, args)),
      ...addresses(),
      ...conversions(host),
      ...more,
    },
    aliases: {
      pulications: "publications",
      environment: "environments",
      listPaths: "files",
    },
  });
}

/** A publication that ends with the application that began it. */
function publish(host: Host, args: Arguments) {
  const publication = host.hub.publishFromScript(args.text(1));
  if (publication === undefined) return null;
  ownPublication(host, publication);
  return publication;
}

function digests(args: Arguments, digest: (bytes: Uint8Array) => Uint8Array): Results {
  return new Results(...Array.from({ length: args.count }, (_, i) => digest(args.view(i + 1))));
}

/** `split(expression, separator[, option])`: 1 leaves out empty tokens, 2 trims them, 3 both. */
function split(args: Arguments): Pushed {
  const expression = binaryText(args.view(1));
  const separator = binaryText(args.view(2));
  const option = args.number(3, 0);
  let tokens = separator === "" ? [expression] : expression.split(separator);
  if ((option & 2) !== 0) tokens = tokens.map((token) => trimmed(token, SPACES));
  if ((option & 1) !== 0) tokens = tokens.filter((token) => token !== "");
  if (tokens.length > MAX_TOKENS) {
    throw new Error(`split gives ${tokens.length} tokens, ${MAX_TOKENS} at most`);
  }
  const { vm } = args;
  vm.reserve(tokens.length + 8);
  for (const token of tokens) vm.pushBytes(Uint8Array.from(token, (char) => char.charCodeAt(0)));
  return new Pushed(tokens.length);
}

/** Results of one call: Lua's stack holds a million values, and the caller wants some of them. */
const MAX_TOKENS = 900_000;
const SPACES = " \t\n\v\f\r";

/** `files(folder)`: of a path below the root application's folder, else of any folder. */
function files(host: Host, args: Arguments): (vm: LuaVM) => void {
  const path = args.text(1, "");
  const below = `${host.applications.root.folder}${path.replace(/^\/+/, "")}`;
  const folder = `${trimmedEnd(fileInfo(below)?.isDirectory ? below : path, "/")}/`;
  const found = namesIn(folder).flatMap((name) => {
    const info = fileInfo(`${folder}${name}`);
    return info === undefined ? [] : [new ScriptFile(folder, name, info)];
  });
  return (vm) => {
    vm.pushTable(found.length);
    found.forEach((file, index) => {
      args.objects.pushObject(file);
      vm.rawSetAt(-2, index + 1);
    });
  };
}

/** `dump([name,] data [, size])`. */
function dump(host: Host, args: Arguments): void {
  const isNamed = args.count > 1 && args.vm.type(args.at(2)) === Type.string;
  const bytes = args.bytes(isNamed ? 2 : 1);
  const size = args.number(isNamed ? 3 : 2, bytes.length);
  const title = isNamed ? `${args.text(1)}\n` : "";
  host.log.info(`${title}${hexDump(bytes.subarray(0, Math.max(0, size)))}`);
}

/** The process's environment, made into a table when first asked for. */
class Variables {
  readonly #values: Record<string, string>;
  #ref = 0;

  constructor(values: Record<string, string>) {
    this.#values = values;
  }

  push(vm: LuaVM): void {
    if (this.#ref !== 0) {
      vm.pushRef(this.#ref);
      return;
    }
    vm.pushTable();
    for (const [name, value] of Object.entries(this.#values)) {
      vm.pushText(name);
      vm.pushText(value);
      vm.rawSet(-3);
    }
    vm.pushCopy(-1);
    this.#ref = vm.ref();
  }
}
