import { fileURLToPath } from "node:url";
import { freePort } from "../../tests/e2e/server.ts";
import { V8_FLAGS } from "../../tools/program_flags.ts";
import { cpuSeconds, residentBytes } from "../process_stats.ts";
import { MARK, type Reading } from "./reading.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SCRIPT = await Deno.readTextFile(`${ROOT}bench/soak/live.lua`);
/** All visitors come from one address. */
const SETTINGS = ["HTTP.maxConnections=5000"];
const MEGABYTE = 1_048_576;
/** So many lines of the log from ERROR on are kept for the verdict. */
const KEPT_FAULTS = 10;
const FAULT = / (ERROR|CRITIC|FATAL) /;

/** What the process says of itself, in bytes. */
interface Own {
  readonly heap: number;
  readonly timers: number;
}

/** The server in a process of its own, from its source, with applications that are rewritten. */
export class SoakedServer {
  readonly rtmp = freePort();
  readonly rtmfp = freePort();
  readonly http = freePort();
  /** The first lines of the log that tell of a fault. */
  readonly faults: string[] = [];
  faultCount = 0;
  readonly #folder: string;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #started = Promise.withResolvers<void>();
  readonly #reading: Promise<unknown>;
  #answer = Promise.withResolvers<Own>();

  private constructor(folder: string, isNative: boolean) {
    this.#folder = folder;
    const ports = { RTMP: this.rtmp, RTMFP: this.rtmfp, HTTP: this.http };
    const settings = Object.entries(ports).map(([section, port]) => `${section}.port=${port}`);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-prompt", isNative ? "-P=native" : "-P"],
        `--config=${ROOT}deno.json`,
        ...[`${V8_FLAGS},--expose-gc`, `--preload=${ROOT}bench/soak/counters.ts`, `${ROOT}main.ts`],
        ...[...settings, "bind=127.0.0.1", ...SETTINGS].flatMap((setting) => ["--set", setting]),
        ...["--www", `${folder}/www`, "--data", `${folder}/data`],
      ],
      cwd: folder,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#reading = Promise.all([this.#read(this.#child.stdout), this.#read(this.#child.stderr)]);
  }

  /**
   * @param folder for `www`, data and logs
   * @param isNative with the system's own calls
   */
  static async start(folder: string, isNative = false): Promise<SoakedServer> {
    for (const [name, file] of [["live", "live"], ["edited", "live"], ["count", "count"]]) {
      await Deno.mkdir(`${folder}/www/${name}`, { recursive: true });
      await Deno.copyFile(`${ROOT}bench/soak/${file}.lua`, `${folder}/www/${name}/main.lua`);
    }
    await Deno.writeTextFile(`${folder}/www/live/page.html`, "<p>soak</p>".repeat(500));
    const server = new SoakedServer(folder, isNative);
    const ended = server.#child.status.then(() => {
      throw new Error(`the server ended:\n${server.faults.join("\n")}`);
    });
    ended.catch(() => {});
    await Promise.race([server.#started.promise, ended]);
    return server;
  }

  /** Writes the script of `/edited` again, so that it restarts. */
  async edit(count: number): Promise<void> {
    const script = `${SCRIPT}-- ${count}\n`;
    await Deno.writeTextFile(`${this.#folder}/www/edited/main.lua`, script);
  }

  async reading(): Promise<Reading> {
    const response = await fetch(`http://127.0.0.1:${this.http}/count/count`, {
      headers: { connection: "close" },
    });
    const [{ lua, ...held }] = await response.json();
    this.#answer = Promise.withResolvers();
    await this.#input.write(new TextEncoder().encode("?\n"));
    const { heap, timers } = await this.#answer.promise;
    const { pid } = this.#child;
    return {
      resident: residentBytes(pid) / MEGABYTE,
      heap: heap / MEGABYTE,
      lua: lua / MEGABYTE,
      descriptors: [...Deno.readDirSync(`/proc/${pid}/fd`)].length,
      timers,
      ...held,
      cpu: cpuSeconds(pid),
    };
  }

  /** SIGTERM; the exit code. */
  async stop(): Promise<number> {
    this.#child.kill("SIGTERM");
    const { code } = await this.#child.status;
    await this.#input.abort().catch(() => {});
    await this.#reading;
    return code;
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    }
  }

  #line(line: string): void {
    if (line.startsWith(MARK)) return this.#answer.resolve(JSON.parse(line.slice(MARK.length)));
    if (/ server: started\b/.test(line)) this.#started.resolve();
    if (!FAULT.test(line)) return;
    this.faultCount++;
    if (this.faults.length < KEPT_FAULTS) this.faults.push(line);
  }
}
