/** The command line: what it asks for, and doing it. */
import { join } from "node:path";
import { install } from "../assets/mod.ts";
import { errorText, isOutside } from "../base/mod.ts";
import { describeFault } from "../config/mod.ts";
import { terminal } from "../logs/mod.ts";
import project from "../../deno.json" with { type: "json" };
import { type CheckConfig, type CheckNames, type CheckScript, findFaults } from "./check.ts";
import { parseCommandLine } from "./command_line.ts";
import { transferData } from "./data.ts";
import { run, type StartServer } from "./run.ts";
import { readSettings, type Settings } from "./settings.ts";
import { sign } from "./sign.ts";
import { realSurroundings, type Surroundings } from "./surroundings.ts";

export type { CheckConfig, CheckNames, CheckScript, ScriptFault } from "./check.ts";
export type { RunningServer, ServerOptions, SettingsSource, StartServer } from "./run.ts";
export type { Surroundings } from "./surroundings.ts";

/** What the rest of the program does for the command line. */
export interface Program {
  startServer: StartServer;
  checkScript: CheckScript;
  checkNames: CheckNames;
  checkConfig: CheckConfig;
}

const version = project.version;

/** Runs one command line; `root` is the folder of main.ts. Resolves to the exit code. */
export async function main(args: string[], root: string, program: Program): Promise<number> {
  try {
    return await runCommand(args, program, realSurroundings(root, terminal()));
  } catch (error) {
    // A permission that Deno was not given: there may be no way to say more.
    if (!isOutside(error)) throw error;
    console.error(`error: ${errorText(error)}`);
    return 1;
  }
}

/** The same in surroundings of the caller's. */
export async function runCommand(
  args: string[],
  program: Program,
  around: Surroundings,
): Promise<number> {
  const request = parseCommandLine(args, { version, cwd: around.cwd, output: around });
  if (request.do === "nothing") return request.exitCode;
  try {
    if (request.do === "init") return await initialise(request.folder, around);
    const settings = readSettings(request, around);
    if (request.do === "check") return await check(settings, program, around);
    const errors = settings.faults.filter((fault) => fault.grade === "error");
    // A server has a log for the others.
    const told = request.do === "run" ? errors : settings.faults;
    for (const fault of told) around.err(`${describeFault(fault)}\n`);
    if (errors.length > 0) return 1;
    if (request.do === "data") return await transferData(request, settings, around);
    if (request.do === "sign") return sign(request, settings, around);
    return await run(settings, program.startServer, { dump: request.dump, version }, around);
  } catch (error) {
    around.err(`error: ${errorText(error)}\n`);
    return 1;
  }
}

async function check(
  settings: Settings,
  program: Program,
  around: Surroundings,
): Promise<number> {
  const { faults, warnings, scripts } = await findFaults(settings, program);
  for (const line of [...faults, ...warnings]) around.out(`${line}\n`);
  const read = `${settings.ini ?? "no ini"} and ${scripts} main.lua below ${settings.places.www}`;
  const doubts = warnings.length === 0 ? "" : ` and ${counted(warnings.length, "warning")}`;
  around.out(`${counted(faults.length, "fault")}${doubts} in ${read}\n`);
  return faults.length > 0 ? 1 : 0;
}

const counted = (count: number, thing: string) =>
  `${count || "no"} ${thing}${count === 1 ? "" : "s"}`;

async function initialise(folder: string, around: Surroundings): Promise<number> {
  const files = await install(around.root, folder);
  for (const { path, isKept } of files) {
    around.out(isKept ? `kept    ${path} (it was there)\n` : `written ${path}\n`);
  }
  const program = around.isStandalone ? around.executable : "deno task start";
  around.out(`Start it by: ${program} ${join(folder, "MonaServer.ini")}\n`);
  return 0;
}
