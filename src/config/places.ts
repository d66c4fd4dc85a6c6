import { basename, dirname, resolve } from "node:path";
import type { Config } from "./config.ts";

/** Where the server's files are, as absolute paths. */
export interface Places {
  /** The folder that the others are relative to. */
  dir: string;
  www: string;
  data: string;
  /** That of all applications. */
  recordings: string;
  /** That of live segments which memory does not hold. */
  segments: string;
  /** Undefined when no log files are wanted. */
  logs: string | undefined;
}

/** The name or address that clients and other servers are told; empty when none is set. */
export function announcedHost(config: Config): string {
  return config.host || config.publicHost || config.publicAddress;
}

/**
 * Finds the folders that the settings name. `home` is the folder of the ini, or the one the
 * server was started in.
 */
export function locate(config: Config, home: string): Places {
  const dir = resolve(home, config.application.dir);
  return {
    dir,
    www: resolve(dir, config.application.www),
    data: resolve(dir, config.data.directory),
    recordings: resolve(dir, config.record.directory),
    segments: resolve(dir, config.hls.directory),
    logs: config.logs.directory ? resolve(dir, config.logs.directory) : undefined,
  };
}

/** Gives scripts the values that are no settings: `mona.configs.application.path` and others. */
export function describeApplication(config: Config, executable: string, { dir }: Places): void {
  const { tree } = config;
  tree.set("application.path", executable);
  tree.set("application.dir", `${dir}/`);
  tree.set("application.name", basename(executable));
  tree.set("application.baseName", basename(executable).replace(/\.[^.]*$/, ""));
  tree.set("application.binDir", `${dirname(executable)}/`);
}
