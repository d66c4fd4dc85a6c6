/** A child process, whose processor time and memory count. */
export interface Running {
  readonly pids: () => number[];
  readonly stop: () => Promise<void>;
}

/** Ticks per second of /proc/PID/stat (USER_HZ is 100 on every Linux port that Deno runs on). */
const TICKS = 100;

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
    pids: () => [child.pid, ...childrenOf(child.pid)],
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

function childrenOf(pid: number): number[] {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
    return text.trim().split(" ").filter((id) => id !== "").map(Number);
  } catch {
    return [];
  }
}

/** Seconds of processor time that all of them have used. */
export function cpuSeconds({ pids }: Running): number {
  return pids().reduce((sum, pid) => {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + (Number(fields[11]) + Number(fields[12])) / TICKS;
  }, 0);
}

/** Resident memory of all of them, in MB. */
export function residentMegabytes({ pids }: Running): number {
  return pids().reduce((sum, pid) => {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024 / 1e6;
  }, 0);
}
