import { inTempFolder } from "./program.ts";
import { requireProgram } from "./server.ts";

/** A tab of a browser's window. */
export interface Tab {
  /** What an expression is in the page. */
  evaluate(expression: string): Promise<unknown>;
  /** Resolves once the expression is true. */
  until(expression: string): Promise<void>;
  /** In front of the other tabs, which are hidden then. */
  show(): Promise<void>;
}

/** Milliseconds that an expression may take to become true. */
const PATIENCE = 60_000;
/** Milliseconds until a browser that was told to end is killed: its processes write to its folder. */
const LAST_WRITES = 10_000;

/**
 * Runs `body` with a window of Debian's Chromium whose tabs are hidden behind each other, as a
 * person's are: to a page that Playwright drives the browser says that it is seen.
 */
export async function withTabs(
  body: (open: (url: string) => Promise<Tab>) => Promise<void>,
): Promise<void> {
  await requireProgram("chromium");
  await inTempFolder(async (folder) => {
    const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"];
    const child = new Deno.Command("/usr/bin/chromium", {
      args: [...options, "--remote-debugging-port=0", `--user-data-dir=${folder}`],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    try {
      const devTools = await DevTools.connect(await addressIn(child.stderr));
      try {
        await body((url) => openTab(devTools, url));
      } finally {
        await devTools.quit();
      }
    } finally {
      const late = setTimeout(() => child.kill("SIGKILL"), LAST_WRITES);
      await child.status;
      clearTimeout(late);
    }
  });
}

/** The address that Chromium prints once it listens. */
async function addressIn(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const bytes of output) {
    text += new TextDecoder().decode(bytes);
    const address = /ws:\/\/\S+(?=\s)/.exec(text)?.[0];
    if (address !== undefined) return address;
  }
  throw new Error(`Chromium does not listen:\n${text}`);
}

async function openTab(devTools: DevTools, url: string): Promise<Tab> {
  const { targetId } = await devTools.call("Target.createTarget", { url });
  const { sessionId } = await devTools.call("Target.attachToTarget", { targetId, flatten: true });
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result } = await devTools.call("Runtime.evaluate", { expression }, sessionId);
    return (result as { value?: unknown }).value;
  };
  return {
    evaluate,
    show: async () => void await devTools.call("Target.activateTarget", { targetId }),
    async until(expression) {
      const end = Date.now() + PATIENCE;
      while (await evaluate(expression) !== true) {
        if (Date.now() > end) {
          throw new Error(
            `${expression} is not true of:\n${await evaluate("document.body.innerText")}`,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
  };
}

type Answer = Record<string, unknown>;

/** The protocol by which Chromium is driven: JSON with an id, over a WebSocket. */
class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, PromiseWithResolvers<Answer>>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const { id, result, error } = JSON.parse(data);
      const call = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) call?.resolve(result);
      else call?.reject(new Error(error.message));
    };
  }

  static async connect(address: string): Promise<DevTools> {
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new DevTools(socket);
  }

  call(method: string, params: Answer, sessionId?: unknown): Promise<Answer> {
    const id = ++this.#calls;
    const answer = Promise.withResolvers<Answer>();
    this.#waiting.set(id, answer);
    this.#socket.send(JSON.stringify({ id, method, params, sessionId }));
    return answer.promise;
  }

  /** The browser ends, with all of its processes. */
  async quit(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.send(JSON.stringify({ id: ++this.#calls, method: "Browser.close" }));
    await closed;
  }
}
