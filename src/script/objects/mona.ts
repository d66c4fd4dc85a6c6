import { ACTIONS, isAction, LINK_TIME, MAX_LINK_TIME, signLink } from "../../access/mod.ts";
import { trimmed, trimmedEnd } from "../../base/mod.ts";
import { md5, sha256 } from "../../crypto/mod.ts";
import { ConfigTree } from "../../config/mod.ts";
import { hexDump } from "../../logs/mod.ts";
import { environmentVariables, fileInfo, namesIn } from "../applications/disk.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import {
  define,
  type Definition,
  type Member,
  method,
  readonly,
  Results,
} from "../lua/definition.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import { addressArgument, addresses } from "./addresses.ts";
import { Clients } from "./clients.ts";
import { conversions } from "./conversions.ts";
import { ScriptFile } from "./file.ts";
import { fromGroup } from "./group_stream.ts";
import { Groups, joinGroup } from "./groups.ts";
import { MediaWriter } from "./media_writer.ts";
import { metricFunctions } from "./metrics.ts";
import { Mona } from "./mona_type.ts";
import { ownPublication } from "./publication.ts";
import { Publications } from "./publications.ts";
import { recordings } from "./recordings.ts";
import { openSharedObject } from "./shared_object.ts";
import { secrets } from "./secrets.ts";
import { split } from "./split.ts";
import { streams } from "./streams.ts";
import { timers } from "./timers.ts";
import { verifyMember } from "./tokens.ts";

/** `more`: members that other files add, such as sockets, mail and servers. */
export function mona(host: Host, more: Readonly<Record<string, Member<Mona>>>): Definition<Mona> {
  const { hub, options } = host;
  const clients = new Clients(
    () => hub.clients.values(),
    () => hub.clients.size,
    (id) => hub.clients.get(id),
  );
  const groups = new Groups(hub);
  const publications = new Publications(host);
  const environments = new Variables(environmentVariables());
  const epochTime = () => Math.round(options.clock.epoch());
  return define<Mona>({
    name: "mona",
    type: Mona,
    isAlive: () => true,
    yields: ["streams"],
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
      sharedObject: method((_mona, args) => openSharedObject(host, args)),
      publish: method((_mona, args) => publish(host, args)),
      joinGroup: method((_mona, args) => joinGroup(hub, args)),
      md5: method((_mona, args) => digests(args, md5)),
      sha256: method((_mona, args) => digests(args, sha256)),
      sign: method((_mona, args) => sign(host, args)),
      streams: method((_mona, args) => streams(hub, args)),
      split: method((_mona, args) => split(args)),
      files: method((_mona, args) => files(host, args)),
      recordings: method((_mona, args) => recordings(host, args)),
      createMediaWriter: method((_mona, args) => new MediaWriter(args.text(1, ""))),
      dump: method((_mona, args) => dump(host, args)),
      ...timers(host),
      ...secrets,
      verifyJWT: verifyMember(host),
      fromGroup: method((_, args) => fromGroup(host, args)),
      ...addresses(),
      ...conversions(host),
      ...metricFunctions(host),
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
  const publication = host.hub.publishFromScript(args.text(1), host.applications.current.path);
  if (publication === undefined) return null;
  ownPublication(host, publication);
  return publication;
}

/** Instructions that a digest costs, and the bytes that cost one more. */
const DIGEST = 200;
const DIGESTED = 2;

function digests(args: Arguments, digest: (bytes: Uint8Array) => Uint8Array): Results {
  const answers: Uint8Array[] = [];
  for (let i = 1; i <= args.count; i++) {
    const { length } = args.view(i);
    args.vm.spend(DIGEST + length / DIGESTED);
    answers.push(digest(args.view(i)));
  }
  return new Results(...answers);
}

/** `sign(action, path[, seconds])`: the query of a link that lets in anyone who has it. */
function sign({ options }: Host, args: Arguments): string {
  const [action, path, seconds] = [args.text(1), args.text(2), args.number(3, LINK_TIME)];
  if (!isAction(action)) throw new Error(`sign wants one of ${ACTIONS.join(", ")}`);
  const access = options.config.get("access");
  const secret = access instanceof ConfigTree ? access.get("secret") : undefined;
  if (typeof secret !== "string" || secret === "") throw new Error("[access] secret is not set");
  args.vm.spend(2 * DIGEST + path.length / DIGESTED);
  const expires = Math.floor(options.clock.epoch() / 1000 + Math.min(seconds, MAX_LINK_TIME));
  return signLink(secret, action, path, expires);
}

/** Instructions that a folder costs, and each file in it. */
const LISTING = 10_000;
const LISTED = 1_000;

/** `files(folder)`: of a path below the root application's folder, else of any folder. */
function files(host: Host, args: Arguments): (vm: LuaVM) => void {
  const path = args.text(1, "");
  const below = `${host.applications.root.folder}${path.replace(/^\/+/, "")}`;
  const folder = `${trimmedEnd(fileInfo(below)?.isDirectory ? below : path, "/")}/`;
  args.vm.spend(LISTING);
  const found = namesIn(folder).flatMap((name) => {
    args.vm.spend(LISTED);
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

/** Instructions that each byte of a dump costs. */
const DUMPED = 5;

/** `dump([name,] data [, size])`. */
function dump(host: Host, args: Arguments): void {
  const isNamed = args.count > 1 && args.vm.type(args.at(2)) === Type.string;
  const bytes = args.bytes(isNamed ? 2 : 1);
  const size = args.number(isNamed ? 3 : 2, bytes.length);
  const shown = bytes.subarray(0, Math.max(0, size));
  args.vm.spend(DUMPED * shown.length);
  const title = isNamed ? `${args.text(1)}\n` : "";
  host.log.info(`${title}${hexDump(shown)}`);
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
