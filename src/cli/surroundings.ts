import { systemClock } from "../base/mod.ts";

/** Where text for people goes. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

/** What the program needs of the machine, so that tests can stand in for it. */
export interface Surroundings extends Output {
  cwd: string;
  /** The program that a person started. */
  executable: string;
  /** Folder with the default `www/` and `MonaServer.ini`, in the binary when there is one. */
  root: string;
  /** Whether to look for `www/` and the ini beside the executable. */
  isStandalone: boolean;
  colour: boolean;
  /** Whether the program was started in a terminal, whose hangup is its end. */
  readonly hasTerminal: boolean;
  /** Calls back for each signal to stop, or to read settings, by its name; gives what ends that. */
  onSignal(handle: (name: string) => void): () => void;
  /** Resolves when a signal that was sent once has come as often as it will. */
  echoes(): Promise<void>;
  /** Calls `handle` for each uncaught error; returns a function that ends this. */
  onStray(handle: (error: unknown) => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/** The bundle's start script says here which file it is. */
const EXECUTABLE_VARIABLE = "MONASERVER_EXECUTABLE";

const signals: Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** Milliseconds in which parent processes have passed a signal on, on a busy machine as well. */
const ECHO_TIME = 200;

/** The real surroundings; `root` is the folder of main.ts. */
export function realSurroundings(
  root: string,
  { write, colour }: { write(text: string): void; colour: boolean },
): Surroundings {
  const bundled = Deno.env.get(EXECUTABLE_VARIABLE);
  const encoder = new TextEncoder();
  return {
    cwd: Deno.cwd(),
    executable: bundled ?? Deno.execPath(),
    root,
    isStandalone: bundled !== undefined || Deno.build.standalone,
    colour,
    hasTerminal: Deno.stdin.isTerminal() || Deno.stdout.isTerminal(),
    out: write,
    err: (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    onSignal(handle) {
      const handlers = signals.map((name) => [name, () => handle(name)] as const);
      for (const [name, handler] of handlers) Deno.addSignalListener(name, handler);
      return () => {
        for (const [name, handler] of handlers) Deno.removeSignalListener(name, handler);
      };
    },
    echoes: () => new Promise((resolve) => systemClock.after(ECHO_TIME, resolve)),
    onStray(handle) {
      const rejection = (event: PromiseRejectionEvent) => {
        event.preventDefault();
        handle(event.reason);
      };
      const failure = (event: ErrorEvent) => {
        event.preventDefault();
        handle(event.error);
      };
      globalThis.addEventListener("unhandledrejection", rejection);
      globalThis.addEventListener("error", failure);
      return () => {
        globalThis.removeEventListener("unhandledrejection", rejection);
        globalThis.removeEventListener("error", failure);
      };
    },
    exit: (code) => Deno.exit(code),
  };
}
