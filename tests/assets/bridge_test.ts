import { deepEqual, equal, match } from "node:assert/strict";
import "../../src/assets/bridge.js";

/** What movies call, as src/assets/bridge.js defines it. */
interface Bridge {
  urlRewriteRules: [string | RegExp, string][];
  [action: string]: unknown;
}

const { MonaServer: bridge } = globalThis as unknown as { MonaServer: Bridge };

/** A WebSocket without a network. */
class FakeSocket extends EventTarget {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  readonly sent: unknown[] = [];
  readonly url: string;

  constructor(url: string) {
    super();
    if (/^wss?:\/\/$/.test(url)) throw new SyntaxError("no host");
    this.url = url;
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  hear(...message: unknown[]): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }

  /** The connection is lost, or closed by the page. */
  close(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
}

/** A page with one movie, whose callback is `onServer`. */
async function withPage(
  body: (page: {
    /** Calls the bridge for the movie. */
    to(action: string, ...args: unknown[]): Promise<void>;
    /** What the movie was told since the last look. */
    told(): unknown[][];
    player: { isConnected: boolean; onServer(...values: unknown[]): unknown };
    /** The socket of the last connection. */
    socket(): FakeSocket;
  }) => Promise<void>,
  protocol = "https:",
): Promise<void> {
  const heard: unknown[][] = [];
  const player = {
    isConnected: true,
    onServer(...values: unknown[]): unknown {
      heard.push(values);
      return values[1] === "ask" ? "yes" : undefined;
    },
  };
  const fakes = {
    document: { querySelectorAll: () => [{}, player] },
    location: { protocol, href: `${protocol}//page.example/game/index.html` },
    WebSocket: FakeSocket,
  };
  const before = Object.keys(fakes).map((name) =>
    [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const
  );
  for (const [name, value] of Object.entries(fakes)) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  const to = async (action: string, ...args: unknown[]) => {
    (bridge[action] as (...args: unknown[]) => void)("onServer", ...args);
    // The bridge has imported its other script by then.
    await new Promise((resolve) => setTimeout(resolve));
  };
  await import("../../src/assets/shared_objects.js");
  try {
    await body({ to, told: () => heard.splice(0), player, socket: () => FakeSocket.all.at(-1)! });
  } finally {
    await to("close");
    bridge.urlRewriteRules = [];
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  }
}

const connected = async (
  { to, socket, told }: Parameters<Parameters<typeof withPage>[0]>[0],
): Promise<FakeSocket> => {
  await to("connect", "rtmp://game.example/app");
  socket().open();
  socket().hear("__pong");
  told();
  socket().sent.length = 0;
  return socket();
};

Deno.test("the address in a movie becomes that of a WebSocket", async () => {
  const urls: Record<string, [string, string][]> = {
    "https:": [
      ["rtmp://game.example:1935/app/room?key=1", "wss://game.example/app/room?key=1"],
      ["rtmfp://game.example/app", "wss://game.example/app"],
      ["http://game.example:8080/app", "wss://game.example:8080/app"],
      ["/app", "wss://page.example/app"],
      ["ws://game.example:8080/app", "wss://game.example:8080/app"],
      ["rtmp://old.example/chess", "wss://new.example/games/chess"],
      ["rtmpt://old.example:80/chess", "ws://plain.example/chess"],
    ],
    "http:": [
      ["rtmp://game.example/app", "ws://game.example/app"],
      ["rtmps://game.example:443/app", "wss://game.example/app"],
      ["app", "ws://page.example/game/app"],
    ],
  };
  for (const [protocol, pairs] of Object.entries(urls)) {
    await withPage(async ({ to, socket }) => {
      bridge.urlRewriteRules = [
        ["rtmp://old.example/", "wss://new.example/games/"],
        [/^rtmpt:\/\/old\.example:80\//, "ws://plain.example/"],
      ];
      for (const [url, address] of pairs) {
        await to("connect", url);
        equal(new URL(socket().url).href, new URL(address).href);
      }
    }, protocol);
  }
});

Deno.test("a movie is connected once the server answers, not when its socket is open", () =>
  withPage(async ({ to, socket, told }) => {
    await to("connect", "rtmp://game.example/app");
    await to("call", 1, "early");
    socket().open();
    deepEqual([socket().sent, told()], [[["__ping"]], []]);
    socket().hear("__pong");
    deepEqual(told().map(([event, subject]) => [event, subject]), [
      ["status", "NetConnection.Connect.Success"],
    ]);
    deepEqual(socket().sent, [["__ping"], ["__call", 1, "early"]]);
  }));

Deno.test("a call that waits for a connection that fails is told so", () =>
  withPage(async ({ to, socket, told }) => {
    await to("connect", "rtmp://game.example/app");
    await to("call", 1, "early");
    socket().close();
    deepEqual(told().map(([event, subject]) => [event, subject]), [
      ["error", 1],
      ["status", "NetConnection.Connect.Failed"],
    ]);
    equal(socket().sent.length, 0);
  }));

Deno.test("a call with a value that JSON does not have is told so", () =>
  withPage(async (page) => {
    const socket = await connected(page);
    const ring: { self?: unknown } = {};
    ring.self = ring;
    await page.to("call", 1, "ask", ring);
    await page.to("call", 2, "ask");
    const [[event, subject, { code, description }]] = page.told() as [
      [string, number, { code: string; description: string }],
    ];
    deepEqual([event, subject, code], ["error", 1, "NetConnection.Call.Failed"]);
    match(description, /circular/);
    deepEqual(socket.sent, [["__call", 2, "ask"]]);
  }));

Deno.test("a refused movie is told why, and not tried again", () =>
  withPage(async ({ to, socket, told }) => {
    await to("connect", "rtmp://game.example/app");
    const info = { level: "error", code: "NetConnection.Connect.Rejected", description: "full" };
    socket().open();
    socket().hear("onStatus", info);
    socket().close();
    deepEqual(told(), [["status", info.code, info, null]]);
  }));

Deno.test("an address that no socket takes fails, with an event", () =>
  withPage(async ({ to, told }) => {
    await to("connect", "http://");
    deepEqual(told().map(([event, subject]) => [event, subject]), [
      ["status", "NetConnection.Connect.Failed"],
    ]);
  }));

Deno.test("answers come with the movie's ids, also where the connection is lost", () =>
  withPage(async (page) => {
    const { to, told } = page;
    const socket = await connected(page);
    await to("call", "first", "score", "Ann", 5);
    await to("call", null, "silent");
    await to("call", 2, "slow");
    deepEqual(socket.sent, [
      ["__call", 1, "score", "Ann", 5],
      ["__call", 2, "silent"],
      ["__call", 3, "slow"],
    ]);
    socket.hear("__result", 2, "for nobody");
    socket.hear("__result", 1, 7, "more");
    socket.hear("__result", 1, "twice");
    deepEqual(told(), [["result", "first", 7, [7, "more"]]]);
    socket.close();
    const closed = {
      level: "error",
      code: "NetConnection.Connect.Closed",
      description: "The connection is lost",
    };
    const failed = {
      level: "error",
      code: "NetConnection.Call.Failed",
      description: "the connection is lost",
    };
    deepEqual(told(), [["error", 2, failed, null], ["status", closed.code, closed, null]]);
  }));

Deno.test("the server's calls are answered by what the movie returns", () =>
  withPage(async (page) => {
    const socket = await connected(page);
    socket.hear("__call", 1, "ask", 5);
    socket.hear("__call", "x", "news");
    socket.hear("news", "pushed");
    deepEqual(page.told(), [
      ["call", "ask", [5], null],
      ["call", "news", [], null],
      ["call", "news", ["pushed"], null],
    ]);
    page.player.onServer = () => {
      throw new Error("broken");
    };
    socket.hear("__call", 2, "ask");
    deepEqual(socket.sent, [
      ["__result", 1, "yes"],
      ["__result", "x", null],
      ["__error", 2, "Error: broken"],
    ]);
  }));

Deno.test("a movie shares an object", () =>
  withPage(async (page) => {
    const { to, told } = page;
    const socket = await connected(page);
    await to("use", "board", true);
    await to("use", "board", true);
    socket.hear("__sharedObject", "board", 2, true, ["used"], ["changed", "x", 1]);
    await to("set", "board", { y: 2 });
    await to("send", "board", "chat", "hi", 3);
    await to("clear", "board");
    deepEqual(told(), [["sync", "board", [{ code: "change", name: "x", value: 1 }], null]]);
    socket.hear("__sharedObject", "board", 3, true, ["accepted", "y"], ["removed", "x"]);
    socket.hear("__sharedObject", "board", 3, true, ["send", "chat", "hi", 3]);
    socket.hear("__sharedObject", "board", 3, true, ["status", "SharedObject.NoWriteAccess"]);
    const code = "SharedObject.NoWriteAccess";
    deepEqual(told(), [
      ["sync", "board", [
        { code: "success", name: "y", value: 2 },
        { code: "delete", name: "x", value: null },
      ], null],
      ["message", "board", "chat", ["hi", 3]],
      ["objectStatus", "board", { level: "error", code, description: "" }, null],
    ]);
    await to("release", "board");
    await to("set", "board", { z: 3 });
    deepEqual(socket.sent, [
      ["__sharedObject", "board", "use", true, 0],
      ["__sharedObject", "board", "set", 2, { y: 2 }],
      ["__sharedObject", "board", "send", "chat", "hi", 3],
      ["__sharedObject", "board", "clear"],
      ["__sharedObject", "board", "release"],
    ]);
  }));

Deno.test("a movie that connects again, or leaves the page, has no old connection", () =>
  withPage(async (page) => {
    const first = await connected(page);
    const second = await connected(page);
    deepEqual([first.readyState, second.readyState], [3, FakeSocket.OPEN]);
    deepEqual(page.told(), []);
    page.player.isConnected = false;
    second.hear("news");
    deepEqual([second.readyState, page.told()], [3, []]);
  }));
