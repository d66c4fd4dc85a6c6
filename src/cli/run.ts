import { errorStack, errorText, isOutside } from "../base/mod.ts";
import { type Config, describeFault, type Places, secretsOf } from "../config/mod.ts";
import { type Log, type Logs, startLogs } from "../logs/mod.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";

/** Starts a server; rejects when it cannot run at all. */
export type StartServer = (options: ServerOptions) => Promise<RunningServer>;

/** Where settings come from, for those that read them again. */
export interface SettingsSource extends Pick<Settings, "reread"> {
  /** The ini; undefined when there is none. */
  readonly file: string | undefined;
}

/** What a server is started with. */
export interface ServerOptions {
  config: Config;
  places: Places;
  version: string;
  /** The log of a room, by its name. */
  logger(name: string): Log;
  /** Keeps texts out of the log that became known as secrets later. */
  readonly hide?: (secrets: readonly string[]) => void;
  /** Without it settings stay as they are. */
  readonly source?: SettingsSource;
  /** The log as a whole, for operators. */
  readonly log?: Pick<Logs, "level" | "watch" | "conceal">;
}

/** A running server, as the command line sees it. */
export interface RunningServer {
  /** Stops in order: applications hear it, clients are told, files are written. May come twice. */
  stop(): Promise<void>;
  /** Reads the settings again; `why` is for the log. */
  reload?(why: string): void;
  /** Resolves to the exit code when the server has stopped, by `stop` or by itself. */
  readonly stopped: Promise<number>;
}

/** Runs a server until it stops; resolves to the exit code. A second signal stops at once. */
export async function run(
  { config, places, faults, ini, reread }: Settings,
  start: StartServer,
  { dump, version }: { dump: boolean; version: string },
  around: Surroundings,
): Promise<number> {
  const logs = await startLogs({
    ...config.logs,
    dump,
    secrets: secretsOf(config),
    directory: places.logs,
    console: { write: around.out, colour: around.colour },
  });
  const log = logs.logger("");
  for (const fault of faults) logs.logger("config").warn(describeFault(fault));
  try {
    const greeting = `MonaServer ${version}, applications of ${places.www}`;
    const { logger, hide } = logs;
    const source = { file: ini, reread };
    const options = { config, places, version, logger, hide, source, log: logs };
    return await serve(greeting, () => start(options), log, around);
  } finally {
    await logs.stop();
  }
}

async function serve(
  greeting: string,
  start: () => Promise<RunningServer>,
  log: ReturnType<Logs["logger"]>,
  around: Surroundings,
): Promise<number> {
  const stopping = Promise.withResolvers<void>();
  let state: "running" | "asked" | "stopping" = "running";
  let running: RunningServer | undefined;
  const forgetSignals = around.onSignal(async (name) => {
    // Of a terminal that closes it is the end; of a supervisor the wish that settings be read.
    if (name === "SIGHUP" && !around.hasTerminal) {
      running?.reload?.(name);
      return;
    }
    if (state === "stopping") return around.exit(1);
    if (state === "asked") return;
    state = "asked";
    log.note(`${name}: stopping; once more to stop at once`);
    // npx and `deno task` pass on a signal that the terminal has sent to this process as well.
    await around.echoes();
    state = "stopping";
    stopping.resolve();
  });
  const forgetStray = around.onStray((error) => log.critic(`uncaught error: ${errorStack(error)}`));
  try {
    log.note(greeting);
    const server = running = await start();
    await Promise.race([stopping.promise, server.stopped]);
    await server.stop();
    const code = await server.stopped;
    log.note("stopped");
    return code;
  } catch (error) {
    log.fatal(isOutside(error) ? errorText(error) : errorStack(error));
    return 1;
  } finally {
    forgetStray();
    forgetSignals();
  }
}
