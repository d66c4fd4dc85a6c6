import { dirname, join } from "node:path";
import { firstFolder } from "../assets/mod.ts";
import {
  type Config,
  describeApplication,
  type Fault,
  loadConfig,
  locate,
  type Places,
} from "../config/mod.ts";
import type { RunRequest } from "./command_line.ts";
import type { Surroundings } from "./surroundings.ts";

/** Everything read before a start. */
export interface Settings {
  config: Config;
  places: Places;
  faults: Fault[];
  /** The ini that was read. */
  ini: string | undefined;
}

const iniName = "MonaServer.ini";

/**
 * Reads the ini that `request` names, else the one of this folder, else the one beside the
 * program; and finds `www/` likewise, last of all the one that comes with the program. Throws when
 * a named ini cannot be read.
 */
export function readSettings(request: RunRequest, around: Surroundings): Settings {
  const { cwd, executable, root, standalone } = around;
  const beside = standalone ? [dirname(executable)] : [];
  const ini = request.ini ?? [cwd, ...beside].map((dir) => join(dir, iniName)).find(exists);
  const { config, faults } = loadConfig({
    ...(ini ? { ini: { file: ini, text: Deno.readTextFileSync(ini) } } : {}),
    overrides: request.overrides,
  });
  const places = locate(config, ini ? dirname(ini) : cwd);
  if (!config.isSet("application.www")) {
    places.www = firstFolder([places.www, ...[...beside, root].map((dir) => join(dir, "www"))]) ??
      places.www;
  }
  describeApplication(config, executable, places);
  return { config, places, faults, ini };
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
