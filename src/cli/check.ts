import { join } from "node:path";
import { describeFault } from "../config/mod.ts";
import type { Settings } from "./settings.ts";

/** The first syntax error of a Lua source, if there is one; `path` is for its message. */
export type CheckScript = (
  path: string,
  source: Uint8Array,
) => Promise<ScriptFault | undefined> | ScriptFault | undefined;

export interface ScriptFault {
  line: number;
  message: string;
}

/** Every fault of the settings and of every `main.lua` below `www/`, one line each. */
export async function findFaults(
  { faults, places }: Settings,
  checkScript: CheckScript,
): Promise<{ faults: string[]; scripts: number }> {
  const found = faults.map(describeFault);
  const scripts = await mainScripts(places.www, new Set()).catch((error: Error) => {
    found.push(`${places.www}: ${error.message}`);
    return [];
  });
  for (const path of scripts) {
    const fault = await checkScript(path, await Deno.readFile(path));
    if (fault) found.push(`${path}:${fault.line}: ${fault.message}`);
  }
  return { faults: found, scripts: scripts.length };
}

async function mainScripts(folder: string, seen: Set<string>): Promise<string[]> {
  const real = await Deno.realPath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const found: string[] = [];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(folder, name);
    const { isDirectory, isFile } = await Deno.stat(path);
    if (isDirectory) found.push(...await mainScripts(path, seen));
    else if (isFile && name === "main.lua") found.push(path);
  }
  return found;
}
