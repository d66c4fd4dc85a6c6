import { fileURLToPath } from "node:url";
import type { Ports } from "./visit.ts";

/** What visitors did since they were asked last. */
export interface Done {
  /** Visits that are over, and those of them that did not get what they wanted. */
  readonly visits: number;
  readonly failed: number;
  /** Visitors that are there now. */
  readonly present: number;
  /** What those who failed say, and how many do. */
  readonly faults: Readonly<Record<string, number>>;
}

/** The process of the visitors, nicer than the server's. */
export class Visitors {
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;

  /** @param rate visitors a second, of the kinds whose names have the text `only` */
  constructor({ rtmp, rtmfp, http }: Ports, rate: number, only: string) {
    const load = fileURLToPath(new URL("./load.ts", import.meta.url));
    this.#child = new Deno.Command("nice", {
      args: [
        ...["-n", "10", Deno.execPath(), "run", "--quiet", "--allow-all", load],
        ...[rtmp, rtmfp, http, rate, only].map(String),
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#input = this.#child.stdin.getWriter();
  }

  async done(): Promise<Done> {
    await this.#input.write(new TextEncoder().encode("?\n"));
    let text = "";
    while (!text.endsWith("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error("the visitors' process ended");
      text += value;
    }
    return JSON.parse(text);
  }

  /** All leave at once, most of them without a word. */
  async leave(): Promise<void> {
    await this.#input.close();
    await this.#child.status;
    await this.#lines.cancel();
  }
}
