export { freePort } from "../tests/support/free_port.ts";

/** Milliseconds until a server has to listen. */
const STARTED = 20_000;

/** Resolves when something listens on a port of this machine; the milliseconds that it took. */
export async function listening(port: number): Promise<number> {
  const began = performance.now();
  while (performance.now() - began < STARTED) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return performance.now() - began;
    } catch {
      await pause(5);
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}
