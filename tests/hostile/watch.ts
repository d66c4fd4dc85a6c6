import { fileURLToPath } from "node:url";
import type { Target } from "./attack.ts";

/** What everybody else saw for a while; in milliseconds. */
export interface Seen {
  /** Longest time between two arrivals of any player. */
  readonly gap: number;
  /** Slowest answer to the HTTP probe. */
  readonly probe: number;
  /** Longest time for which the watcher itself had no turn: what it says is as late as that. */
  readonly own: number;
}

/** A program of these tests in a process of its own, line by line. */
export class LineProcess {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  #rest = "";

  constructor(file: string, args: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--allow-all",
        fileURLToPath(new URL(file, import.meta.url)),
        ...args,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  /** The next line; undefined when the process has ended. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#rest.indexOf("\n");
      if (end >= 0) {
        const line = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 1);
        return line;
      }
      const { value, done } = await this.#lines.read();
      if (done) return undefined;
      this.#rest += value;
    }
  }

  async say(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  async end(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await this.#lines.cancel();
    await this.#input.abort().catch(() => {});
  }
}

/** The watcher of a server: what its clients see. */
export class Watch {
  readonly #process: LineProcess;

  private constructor(process: LineProcess) {
    this.#process = process;
  }

  static async start({ rtmp, rtmfp, http }: Target): Promise<Watch> {
    const process = new LineProcess("./watcher.ts", [rtmp, rtmfp, http].map(String));
    if (await process.line() !== "ready") throw new Error("the watcher ended");
    return new Watch(process);
  }

  /** What was seen since the last call. */
  async seen(): Promise<Seen> {
    await this.#process.say("seen");
    const line = await this.#process.line();
    if (line === undefined) throw new Error("the watcher ended");
    return JSON.parse(line);
  }

  end(): Promise<void> {
    return this.#process.end();
  }
}
