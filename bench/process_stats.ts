/** What a process has used, read from /proc; only on Linux. */

/**
 * Seconds of processor time that a process's threads have used, in nanoseconds' steps. Ticks of
 * /proc/PID/stat are taken by chance for a server that works for less than one at a time.
 * @throws Deno.errors.NotFound when there is no such process
 */
export function cpuSeconds(...pids: number[]): number {
  let nanoseconds = 0;
  for (const pid of pids) {
    for (const { name } of Deno.readDirSync(`/proc/${pid}/task`)) {
      nanoseconds += threadNanoseconds(`/proc/${pid}/task/${name}/schedstat`);
    }
  }
  return nanoseconds / 1e9;
}

/** Resident memory of all of them, in bytes. */
export function residentBytes(...pids: number[]): number {
  return pids.reduce((sum, pid) => {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return sum + Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }, 0);
}

/** A process and its children, such as the workers of nginx. */
export function family(pid: number): number[] {
  const children = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim();
  return [pid, ...children.split(" ").filter((text) => text !== "").map(Number)];
}

function threadNanoseconds(path: string): number {
  try {
    return Number(Deno.readTextFileSync(path).split(" ")[0]);
  } catch {
    return 0; // The thread has ended meanwhile.
  }
}
