import { Command, CommanderError, Option } from "commander";
import { resolve } from "node:path";
import { ACTIONS, isAction, LINK_TIME } from "../access/mod.ts";
import { levels } from "../base/mod.ts";
import { nearest, type Override } from "../config/mod.ts";
import type { DataRequest } from "./data.ts";
import type { RunRequest } from "./settings.ts";
import type { SignRequest } from "./sign.ts";
import type { Output } from "./surroundings.ts";

/** What a command line asks for. */
export type Request =
  | ({ do: "run" | "check" } & RunRequest)
  | { do: "init"; folder: string }
  | ({ do: "data" } & DataRequest & RunRequest)
  | ({ do: "sign" } & SignRequest & RunRequest)
  /** Everything is said: help, the version, or what is wrong. */
  | { do: "nothing"; exitCode: number };

/** Protocols whose port has an option of its own. */
const PROTOCOLS = ["RTMP", "RTMPS", "RTMFP", "HTTP", "HTTPS"];

const examples = `
Examples:
  monaserver                            with the MonaServer.ini of this folder, if there is one
  monaserver --port-http 8080 --set live.gop=true
  monaserver my.ini --check             what is wrong with my.ini and the scripts
  monaserver init site                  a folder to start from

--set takes any key of the ini: docs/configuration.md lists them, and so does the ini of "init".`;

/** Reads `args`; what is wrong with them is written to `output`, with the nearest valid option. */
export function parseCommandLine(
  args: string[],
  { version, cwd, output }: { version: string; cwd: string; output: Output },
): Request {
  let request: Request = { do: "nothing", exitCode: 0 };
  const program = new Command("monaserver")
    .description("Real-time server: RTMFP, RTMP, HTTP and WebSocket, with Lua applications.")
    .configureOutput({ writeOut: output.out, writeErr: output.err })
    .exitOverride()
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .argument("[config.ini]", "settings (default: MonaServer.ini here or beside the program)")
    .allowExcessArguments()
    .option("--config <file>", "settings, as config.ini")
    .option("--www <folder>", "folder of the applications")
    .option("--data <folder>", "folder of what scripts keep");
  for (const protocol of PROTOCOLS) {
    program.option(`--port-${protocol.toLowerCase()} <port>`, `port of ${protocol}, 0 for off`);
  }
  program
    .option("--set <key=value>", "set any key of the ini, as in HTTP.timeout=10", collect)
    .addOption(
      new Option("--log-level <level>", `least grave messages: ${levels.join(" ")}`).argParser(
        parseLevel,
      ),
    )
    .option("--dump", "dump protocol traffic in hexadecimal")
    .option("--check", "check settings and scripts, start nothing; exit code 1 for a fault")
    .addHelpText("after", examples)
    .action((file: string | undefined, options: Options, { args }: Command) => {
      const [word = ""] = args;
      const meant = /^\w*$/.test(word) &&
        nearest(word, program.commands.map((each) => each.name()));
      if (meant) program.error(`error: unknown command '${word}'\n(Did you mean ${meant}?)`);
      if (args.length > 1) {
        const words = args.map((each) => `'${each}'`).join(", ");
        program.error(`error: one ini file at most, not ${words}`);
      }
      if (file && options.config) {
        program.error(`error: two ini files, '${file}' and '${options.config}'; give one`);
      }
      request = { do: options.check ? "check" : "run", ...runRequest(file, options) };
    });
  program.command("init <folder>")
    .description("write the default www/ and MonaServer.ini into a folder, as a start")
    .action((folder: string) => {
      request = { do: "init", folder: resolve(cwd, folder) };
    });
  const data = program.command("data").description("take out or bring in what scripts keep");
  const transfer = (action: DataRequest["action"], file: string | undefined) => {
    const run = runRequest(undefined, program.opts<Options>());
    request = { do: "data", action, file: file && resolve(cwd, file), ...run };
  };
  data.command("export [file]")
    .description("write all data as JSON, to the console without a file")
    .action((file: string | undefined) => transfer("export", file));
  data.command("import <from>")
    .description("add the data of an export, or of a data folder of MonaServer in C++")
    .action((from: string) => transfer("import", from));
  program.command("sign <action> <path> [seconds]")
    .description(`print the query of a link that lets in: ${ACTIONS.join(", ")}`)
    .action((action: string, path: string, time: string = String(LINK_TIME)) => {
      if (!isAction(action)) {
        return program.error(`error: '${action}' is not one of ${ACTIONS.join(", ")}`);
      }
      if (!/^[1-9]\d{0,9}$/.test(time)) program.error(`error: '${time}' is no number of seconds`);
      const run = runRequest(undefined, program.opts<Options>());
      request = { do: "sign", action, path, seconds: Number(time), ...run };
    });
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { do: "nothing", exitCode: error.exitCode };
  }
  return request;

  function runRequest(file: string | undefined, options: Options): RunRequest {
    const ini = file ?? options.config;
    return {
      ini: ini && resolve(cwd, ini),
      overrides: overrides(options, cwd),
      dump: options.dump ?? false,
    };
  }

  function parseLevel(text: string): string {
    const level = levels.find((name) => name === text.toUpperCase());
    if (level) return level;
    const meant = nearest(text, levels);
    return program.error(
      `error: --log-level: '${text}' is not one of ${levels.join(", ")}` +
        (meant ? `\n(Did you mean ${meant}?)` : ""),
    );
  }

  function collect(setting: string, before: string[] = []): string[] {
    if (/^[^=]*[^=\s][^=]*=/.test(setting)) return [...before, setting];
    return program.error(`error: --set: '${setting}' is not of the form section.key=value`);
  }
}

interface Options {
  config?: string;
  www?: string;
  data?: string;
  set?: string[];
  logLevel?: string;
  dump?: boolean;
  check?: boolean;
  [port: `port${string}`]: string | undefined;
}

/** Options as settings of the ini; `--set` comes first, so that an option of its own wins. */
function overrides(options: Options, cwd: string): Override[] {
  const found: Override[] = (options.set ?? []).map((setting) => {
    const at = setting.indexOf("=");
    return {
      origin: "--set",
      path: setting.slice(0, at).trim(),
      value: setting.slice(at + 1).trim(),
    };
  });
  const add = (origin: string, path: string, value: string | undefined) => {
    if (value !== undefined) found.push({ origin, path, value });
  };
  add("--www", "application.www", options.www && resolve(cwd, options.www));
  add("--data", "data.directory", options.data && resolve(cwd, options.data));
  add("--log-level", "logs.level", options.logLevel);
  for (const protocol of PROTOCOLS) {
    const name = protocol.toLowerCase();
    const value = options[`port${name[0]?.toUpperCase()}${name.slice(1)}`];
    add(`--port-${name}`, `${protocol}.port`, value);
  }
  return found;
}
