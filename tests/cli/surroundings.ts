import { join } from "node:path";
import type { Surroundings } from "../../src/cli/mod.ts";

/** Surroundings of a test, in a folder of its own that `files` fill. */
export class TestSurroundings implements Surroundings {
  readonly cwd: string;
  readonly root: string;
  executable = "/opt/mona/monaserver";
  isStandalone = false;
  colour = false;
  hasTerminal = true;
  said = "";
  complaints = "";
  exits: number[] = [];
  #signal: ((name: string) => void) | undefined;
  #stray: ((error: unknown) => void) | undefined;

  constructor(folder: string) {
    this.cwd = join(folder, "here");
    this.root = join(folder, "program");
  }

  out = (text: string): void => void (this.said += text);
  err = (text: string): void => void (this.complaints += text);

  onSignal(handle: (name: string) => void): () => void {
    this.#signal = handle;
    return () => this.#signal = undefined;
  }

  /** Settled by the test, or at once. */
  echo: Promise<void> = Promise.resolve();
  echoes = (): Promise<void> => this.echo;

  onStray(handle: (error: unknown) => void): () => void {
    this.#stray = handle;
    return () => this.#stray = undefined;
  }

  exit(code: number): void {
    this.exits.push(code);
  }

  /** Whether anybody listens for signals or stray errors. */
  get listened(): boolean {
    return this.#signal !== undefined || this.#stray !== undefined;
  }

  signal(name: string): void {
    this.#signal?.(name);
  }

  stray(error: unknown): void {
    this.#stray?.(error);
  }
}

/** Runs `body` in surroundings with `files`, by their path under the test's folder. */
export async function inFolder(
  files: Record<string, string>,
  body: (around: TestSurroundings) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    const around = new TestSurroundings(folder);
    for (const path of [around.cwd, around.root]) await Deno.mkdir(path);
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder, path);
      await Deno.mkdir(join(file, ".."), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    await body(around);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
