import { dirname, join } from "node:path";
import { firstFolder } from "../assets/mod.ts";
import { errorText } from "../base/mod.ts";
import {
  type Config,
  describeApplication,
  type Fault,
  fault,
  fileFaults,
  loadConfig,
  locate,
  type Override,
  type Places,
} from "../config/mod.ts";
import { readRecordRules } from "../recordings/mod.ts";
import { FetchRules } from "../services/mod.ts";
import { accessFaults } from "./access_faults.ts";
import type { Surroundings } from "./surroundings.ts";

/** Which settings a command line asks for. */
export interface RunRequest {
  /** The ini that was named, absolute; undefined to look for one. */
  ini: string | undefined;
  overrides: Override[];
  /** Whether traffic goes into the log, in hexadecimal. */
  dump: boolean;
}

/** Everything read before a start. */
export interface Settings {
  config: Config;
  places: Places;
  faults: Fault[];
  /** The ini that was read. */
  ini: string | undefined;
  /**
   * Reads the same again, with more settings over those of the command line.
   * @throws Error when the ini cannot be read
   */
  reread(more: readonly Override[]): { config: Config; faults: Fault[] };
}

/** The first two bytes of a text in UTF-16, of either byte order. */
const UTF_16_MARKS = [0xfffe, 0xfeff];

const INI_NAME = "MonaServer.ini";

/**
 * Reads the ini that `request` names, else the one of this folder, else the one beside the
 * program; and finds `www/` likewise, last of all the one that comes with the program. Throws when
 * a named ini cannot be read.
 */
export function readSettings(request: RunRequest, around: Surroundings): Settings {
  const settings = read(request, around);
  const { ini } = settings;
  return {
    ...settings,
    reread: (more) => read({ ...request, ini, overrides: [...request.overrides, ...more] }, around),
  };
}

function read(request: RunRequest, around: Surroundings): Omit<Settings, "reread"> {
  const { cwd, executable, root, isStandalone } = around;
  const beside = isStandalone ? [dirname(executable)] : [];
  const ini = request.ini ?? [cwd, ...beside].map((dir) => join(dir, INI_NAME)).find(exists);
  const { config, faults } = loadConfig({
    ...(ini ? { ini: { file: ini, text: readText(ini) } } : {}),
    overrides: request.overrides,
  });
  const places = locate(config, ini ? dirname(ini) : cwd);
  const www = config.setting("application.www");
  if (!www) {
    places.www = firstFolder([places.www, ...[...beside, root].map((dir) => join(dir, "www"))]) ??
      places.www;
  }
  describeApplication(config, executable, places);
  const wrong = wrongFolder(places.www);
  if (www && wrong !== undefined) faults.push(fault("error", www, wrong));
  faults.push(...fileFaults(config, places.dir), ...accessFaults(config, places));
  faults.push(...readRecordRules(config).faults, ...fetchFaults(config));
  return { config, places, faults, ini };
}

/** What is wrong with the hosts that scripts may ask. */
function fetchFaults(config: Config): Fault[] {
  const setting = config.setting("lua.fetch");
  const { fault: problem } = new FetchRules(config.lua.fetch);
  return setting === undefined || problem === undefined ? [] : [fault("error", setting, problem)];
}

/** The text of an ini. Throws for a file in the encoding that Windows calls Unicode. */
function readText(file: string): string {
  const bytes = Deno.readFileSync(file);
  const [first = 0, second = 0] = bytes;
  if (UTF_16_MARKS.includes(first << 8 | second)) {
    throw new Error(`${file} is in UTF-16: save it as UTF-8`);
  }
  return new TextDecoder().decode(bytes);
}

/** Why a folder cannot be read; undefined when it can. */
function wrongFolder(folder: string): string | undefined {
  try {
    for (const _ of Deno.readDirSync(folder)) break;
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
