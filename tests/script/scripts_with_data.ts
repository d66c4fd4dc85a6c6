import type { ScriptsOptions } from "../../src/script/mod.ts";
import { data } from "../../src/script/objects/data.ts";
import { DataTable } from "../../src/services/mod.ts";

/** Scripts that have `data`, kept nowhere. */
export function withData(): Partial<ScriptsOptions> {
  const root = DataTable.root({ check() {}, record() {} });
  return {
    extensions: (host) => [{ objects: [data(host)], mona: {} }],
    globals: ({ objects }) =>
      new Map([["data", ({ path }) => objects.pushObject(root.application(path))]]),
  };
}
