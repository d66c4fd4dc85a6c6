import { program } from "./program.ts";

/** The server as a person runs it, on ports of its own. */
export interface RunningProgram {
  readonly rtmp: number;
  readonly rtmfp: number;
  readonly http: number;
  readonly pid: number;
  /** What it has printed so far. */
  log(): string;
  /** Resolves when the log has so many matches; rejects with the whole log after a while. */
  logged(pattern: RegExp, times?: number): Promise<void>;
  /** How many matches the log has so far. */
  count(pattern: RegExp): number;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

export interface RunOptions {
  /** Folder of the applications; default the one that comes with the program. */
  readonly www?: string;
  readonly data?: string;
  /** More settings, such as `live.gop=true`. */
  readonly set?: readonly string[];
  readonly args?: readonly string[];
  /** Command that the program is started by. */
  readonly prefix?: readonly string[];
  /** With the permission for the system's own calls. */
  readonly isNative?: boolean;
}

/** Milliseconds that a server may take to start, or to log what a test waits for. */
const LOG_TIMEOUT = 90_000;

/** Starts the program and waits until it accepts connections. */
export async function runServer(options: RunOptions = {}): Promise<RunningProgram> {
  const [rtmp, rtmfp, http] = [freePort(), freePort(), freePort()];
  const args = [
    ...["--port-rtmp", rtmp, "--port-rtmfp", rtmfp, "--port-http", http].map(String),
    ...["--set", "bind=127.0.0.1"],
    ...(options.www === undefined ? [] : ["--www", options.www]),
    ...(options.data === undefined ? [] : ["--data", options.data]),
    ...(options.set ?? []).flatMap((setting) => ["--set", setting]),
    ...(options.args ?? []),
  ];
  const piped = { stdout: "piped", stderr: "piped", stdin: "null" } as const;
  const child = program(args, piped, options.prefix, options.isNative).spawn();
  let text = "";
  const waiting = new Set<() => void>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      text += decoder.decode(bytes, { stream: true });
      for (const look of [...waiting]) look();
    }
  };
  const reading = Promise.all([read(child.stdout), read(child.stderr)]);
  const count = (pattern: RegExp) =>
    text.match(new RegExp(pattern, `g${pattern.flags.replace("g", "")}`))?.length ?? 0;
  const logged = (pattern: RegExp, times = 1): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => end(() => reject(new Error(`${times} times ${pattern} was wanted in:\n${text}`))),
      LOG_TIMEOUT,
    );
    const end = (settle: () => void) => {
      clearTimeout(timer);
      waiting.delete(look);
      settle();
    };
    const look = () => {
      if (count(pattern) >= times) end(resolve);
    };
    waiting.add(look);
    look();
    return promise;
  };
  const finish = async (signal: Deno.Signal): Promise<number> => {
    try {
      child.kill(signal);
    } catch {
      // It has ended by itself.
    }
    const { code } = await child.status;
    await reading;
    return code;
  };
  try {
    await Promise.race([
      logged(/ server: started\b/),
      child.status.then(() => Promise.reject(new Error(`the program ended:\n${text}`))),
    ]);
  } catch (error) {
    await finish("SIGKILL");
    throw error;
  }
  return {
    rtmp,
    rtmfp,
    http,
    pid: child.pid,
    log: () => text,
    logged,
    count,
    stop: () => finish("SIGTERM"),
    kill: async () => void await finish("SIGKILL"),
  };
}

/** Fails with a clear text when a program that a test needs is not installed. */
export async function requireProgram(name: string, packageName = name): Promise<void> {
  const found = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] }).output();
  if (!found.success) {
    throw new Error(`${name} is not installed: apt-get install ${packageName}`);
  }
}

/** Runs a program to its end, or kills it after `seconds`; both outputs come as text. */
export async function runProgram(
  name: string,
  args: readonly string[],
  seconds = 30,
): Promise<{ code: number; out: string; err: string }> {
  const child = new Deno.Command(name, {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended, and its outputs are still being read.
    }
  }, seconds * 1000);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}

/** Ports that were given to tests: they may not be listened on yet, or again. */
const given = new Set<number>();

/** A port that nothing listens on by TCP or UDP, as far as that can be known, given only once. */
export function freePort(): number {
  for (;;) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    try {
      if (given.has(port)) continue;
      Deno.listenDatagram({ hostname: "127.0.0.1", port, transport: "udp" }).close();
      given.add(port);
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    } finally {
      listener.close();
    }
  }
}
