import { LuaError } from "../lua/error.ts";
import { LuaVM } from "../lua/vm.ts";

const MEMORY = 64 * 1024 * 1024;

/** The first syntax error of a Lua source, if there is one; nothing of it runs. */
export function checkScript(
  path: string,
  source: Uint8Array,
): { line: number; message: string } | undefined {
  const vm = new LuaVM({ memory: MEMORY, warn: () => {} });
  try {
    vm.load(source, path);
    return undefined;
  } catch (error) {
    if (!(error instanceof LuaError)) throw error;
    const line = /:(\d+): /.exec(error.message)?.[1];
    return { line: Number(line ?? 1), message: error.reason };
  } finally {
    vm.close();
  }
}
