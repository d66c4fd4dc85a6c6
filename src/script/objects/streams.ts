import { catalogue, type CatalogueEntry, type Hub } from "../../hub/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import type { LuaVM } from "../lua/vm.ts";

/** Instructions that each stream of a list costs. */
const LISTED = 200;

/**
 * `mona:streams()`: an array of tables, sorted by name, of all that can be played here, be it that
 * another server of the cluster or a relay has it.
 */
export function streams(hub: Hub, args: Arguments): (vm: LuaVM) => void {
  const entries = catalogue(hub);
  args.vm.spend(LISTED * entries.length);
  return (vm) => {
    vm.pushTable(entries.length);
    for (const [index, entry] of entries.entries()) {
      pushEntry(vm, entry);
      vm.rawSetAt(-2, index + 1);
    }
  };
}

function pushEntry(vm: LuaVM, { name, origin, publication }: CatalogueEntry): void {
  const set = (key: string, value: string | number | boolean) => {
    vm.pushText(key);
    if (typeof value === "string") vm.pushText(value);
    else if (typeof value === "number") vm.pushNumber(value);
    else vm.pushBoolean(value);
    vm.rawSet(-3);
  };
  vm.pushTable(0, 7);
  set("name", name);
  set("origin", origin);
  set("running", publication !== undefined);
  if (publication === undefined) return;
  const { audio, video } = publication.kinds;
  const { audioQos, videoQos, dataQos, listeners } = publication;
  set("audio", audio);
  set("video", video);
  set("listeners", listeners.size);
  set("byteRate", audioQos.byteRate + videoQos.byteRate + dataQos.byteRate);
}
