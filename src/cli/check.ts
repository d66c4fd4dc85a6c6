import { join, relative } from "node:path";
import { errorText } from "../base/mod.ts";
import { type Config, describeFault } from "../config/mod.ts";
import type { Settings } from "./settings.ts";

/** The first syntax error of a Lua source, if there is one; `path` is for its message. */
export type CheckScript = (
  path: string,
  source: Uint8Array,
) => Promise<ScriptFault | undefined> | ScriptFault | undefined;

/** Undefined names in scripts; `path` is relative to `www`. */
export type CheckNames = (
  scripts: readonly { path: string; source: Uint8Array }[],
) => (ScriptFault & { path: string })[];

/** Faults of settings that are more than keys with a range, one line each. */
export type CheckConfig = (config: Config) => string[];

/** Where a Lua source is wrong, and how. */
export interface ScriptFault {
  /** From 1. */
  line: number;
  message: string;
}

/** What `--check` found, one line each. */
export interface Findings {
  faults: string[];
  /** Warnings, not faults: code with an undefined name may never run. */
  warnings: string[];
  /** How many `main.lua` were read. */
  scripts: number;
}

/** Every fault of the settings and of every `main.lua` below `www/`, and doubtful names in them. */
export async function findFaults(
  { config, faults, places }: Settings,
  { checkConfig, checkScript, checkNames }: {
    checkConfig: CheckConfig;
    checkScript: CheckScript;
    checkNames: CheckNames;
  },
): Promise<Findings> {
  const found = [...faults.map(describeFault), ...checkConfig(config)];
  const seen = new Set<string>();
  const sources: { path: string; source: Uint8Array }[] = [];
  let scripts = 0;

  /** Goes on with what can be read: what cannot is a fault, found once. */
  async function attempt(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      const text = errorText(error);
      if (!found.some((fault) => fault.endsWith(text))) found.push(text);
    }
  }
  async function checkFolder(folder: string): Promise<void> {
    const real = await Deno.realPath(folder);
    if (seen.has(real)) return;
    seen.add(real);
    const entries = await Array.fromAsync(Deno.readDir(folder));
    for (const { name } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      await attempt(() => checkEntry(join(folder, name), name));
    }
  }
  async function checkEntry(path: string, name: string): Promise<void> {
    const { isDirectory, isFile } = await Deno.stat(path);
    if (isDirectory) return checkFolder(path);
    if (!isFile || !name.endsWith(".lua")) return;
    const source = await Deno.readFile(path);
    sources.push({ path: relative(places.www, path), source });
    if (name !== "main.lua") return;
    scripts++;
    const fault = await checkScript(path, source);
    if (fault) found.push(`${path}:${fault.line}: ${fault.message}`);
  }

  await attempt(() => checkFolder(places.www));
  const warnings = checkNames(sources).map(({ path, line, message }) =>
    `${join(places.www, path)}:${line}: warning: ${message}`
  );
  return { faults: found, warnings, scripts };
}
