import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { decodeText } from "../../src/bytes/mod.ts";
import { requestWeb, type WebRequest } from "../../src/net/mod.ts";

/** A web server that answers as the test says, and notes what came. */
async function serving(
  answer: (request: Request) => Response | Promise<Response>,
  run: (url: string, came: Request[]) => Promise<void>,
): Promise<void> {
  const came: Request[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    came.push(request);
    return answer(request);
  });
  try {
    await run(`127.0.0.1:${server.addr.port}`, came);
  } finally {
    await server.shutdown();
  }
}

function request(url: string, more: Partial<WebRequest> = {}) {
  const given = { url, method: "POST", headers: {}, timeout: 20_000, maxBody: 1_000 } as const;
  return requestWeb({ ...given, ...more }, systemClock);
}

Deno.test("a redirection is an answer, and goes nowhere", () =>
  serving(
    () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }),
    async (host, came) => {
      const { status, headers } = await request(`http://${host}/hook`);
      deepEqual([status, headers.get("location")], [302, "/elsewhere"]);
      equal(came.length, 1);
    },
  ));

Deno.test("a login in a URL is sent as a header", () =>
  serving(
    async (request) =>
      new Response(`${request.headers.get("authorization")} ${await request.text()}`),
    async (host) => {
      const { body } = await request(`http://me:s%C3%A9cret@${host}/`, { body: "hello" });
      equal(decodeText(body), `Basic ${btoa("me:s\xc3\xa9cret")} hello`);
    },
  ));

Deno.test("an answer that is too long, or has no end, is given up at its bound", () =>
  serving(
    () => {
      const part = new Uint8Array(600);
      return new Response(new ReadableStream({ pull: (stream) => stream.enqueue(part) }));
    },
    (host) =>
      rejects(request(`http://${host}/`), { message: "the answer has more than 1000 bytes" }),
  ));

Deno.test("a request ends with its time, and when it is needed no longer", async () => {
  const { promise, resolve } = Promise.withResolvers<Response>();
  await serving(() => promise, async (host) => {
    await rejects(request(`http://${host}/`, { timeout: 20 }), {
      message: "no answer within 0.02 s",
    });
    const end = new AbortController();
    const waiting = rejects(request(`http://${host}/`, { signal: end.signal }), {
      message: "gone",
    });
    end.abort(new Error("gone"));
    await waiting;
    await rejects(request(`http://${host}/`, { signal: end.signal }), { message: "gone" });
    resolve(new Response());
  });
});

Deno.test("a server that is not there is told without the URL, where a key may be", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const error: Error = await request(`http://127.0.0.1:${port}/canary(1)/hook?key=canary`).then(
    () => new Error("it answered"),
    (error) => error,
  );
  match(error.message, /refused/);
  equal(error.message.includes("canary"), false);
});
