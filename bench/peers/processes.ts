import { cpuSeconds, family, residentBytes } from "../process_stats.ts";

/** A child process, whose processor time and memory count. */
export interface Running {
  readonly pids: () => number[];
  readonly stop: () => Promise<void>;
}

/** Where a program runs. */
export interface StartOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Removed when it has ended. */
  readonly folders?: readonly string[];
}

/** Starts a program. */
export function start(
  program: string,
  args: readonly string[],
  { folders = [], ...where }: StartOptions = {},
): Running {
  const child = new Deno.Command(program, {
    args: [...args],
    ...where,
    stdout: "null",
    stderr: Deno.env.has("VERBOSE") ? "inherit" : "null",
  }).spawn();
  return {
    pids: () => family(child.pid),
    stop: async () => {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended by itself.
      }
      const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await child.status;
      clearTimeout(late);
      for (const folder of folders) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Seconds of processor time that all of them have used. */
export function cpuSecondsOf({ pids }: Running): number {
  return cpuSeconds(...pids());
}

/** Resident memory of all of them, in MB. */
export function residentMegabytes({ pids }: Running): number {
  return residentBytes(...pids()) / 1e6;
}
