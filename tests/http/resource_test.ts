import { deepEqual, equal } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import {
  Assets,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  LiveStreams,
  type Resource,
  type Upgrade,
} from "../../src/protocols/http/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withResources } from "./resources.ts";
import { until } from "./support.ts";

function text(text: string): HttpResponse {
  return { status: 200, headers: [["content-type", "text/plain"]], body: encodeText(text) };
}

/** A resource for the names that begin so. */
function named(prefix: string, respond: NonNullable<Resource["respond"]>): Resource {
  return { wants: ({ url }: HttpRequest) => url.name.startsWith(prefix), respond };
}

Deno.test("resources are asked in order, and the first that answers has the request", async () => {
  const asked: string[] = [];
  const say = (name: string, answer: ReturnType<NonNullable<Resource["respond"]>>) => () => {
    asked.push(name);
    return answer;
  };
  const resources = [
    named("a", say("first", undefined)),
    named("ab", say("second", Promise.resolve(undefined))),
    named("abc", say("third", text("third"))),
    named("a", say("fourth", Promise.resolve(text("fourth")))),
  ];
  await withResources(resources, async (client) => {
    equal((await client.ask("GET", "/abc")).text, "third");
    deepEqual(asked.splice(0), ["first", "second", "third"]);
    equal((await client.ask("GET", "/ab")).text, "fourth");
    deepEqual(asked.splice(0), ["first", "second", "fourth"]);
    equal((await client.ask("GET", "/a")).text, "fourth");
    deepEqual(asked.splice(0), ["first", "fourth"]);
    equal((await client.ask("GET", "/b")).status, 404);
    equal((await client.ask("DELETE", "/b")).status, 405);
    equal((await client.ask("GET", "/%ff")).status, 400);
    deepEqual(asked, []);
  });
});

Deno.test("what a resource throws or rejects with is its answer, and the connection goes on", async () => {
  const resources = [
    named("now", () => {
      throw new HttpError(409, "not now");
    }),
    named("later", () => Promise.reject(new HttpError(410, "no more"))),
    named("ours", () => Promise.reject(new Error("a secret"))),
  ];
  await withResources(resources, async (client) => {
    equal((await client.ask("GET", "/now")).status, 409);
    equal((await client.ask("GET", "/later")).text, "no more\n");
    equal((await client.ask("POST", "/ours", {}, "body")).text, "Internal server error\n");
  });
});

Deno.test("a listener without a hub serves what needs no client, and nothing else", async () => {
  const streams = new LiveStreams(new Hub({ clock: new FakeClock() }));
  const assets = new Assets(new Map([["/a.js", "1"]]));
  await withResources([assets, streams], async (client) => {
    const response = await client.ask("GET", "/a.js");
    equal(response.text, "1");
    equal(response.headers.get("access-control-allow-origin"), "*");
    equal((await client.ask("GET", "/b.flv")).status, 404);
  });
});

Deno.test("a resource takes a body as it comes, and is told when it breaks off", async () => {
  const events: string[] = [];
  const resource: Resource = {
    wants: ({ method }) => method === "PUT",
    receive: () => ({
      receivePart: (bytes) => void events.push(new TextDecoder().decode(bytes)),
      end: () => Promise.resolve(text("whole")),
      close: () => void events.push("closed"),
    }),
  };
  await withResources([resource], async (client) => {
    const head = (length: number) =>
      `PUT /a HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
    await client.send(head(4), "ab");
    await until(() => events.length === 1);
    await client.send("cd");
    equal((await client.response()).text, "whole");
    deepEqual(events.splice(0), ["ab", "cd"]);
    await client.send(head(4), "ef");
    await until(() => events.length === 1);
    await client.end();
    equal(await client.rest(), "");
    deepEqual(events, ["ef", "closed"]);
  });
});

Deno.test("who waits for 100 Continue is told by the first resource that has a word on it", async () => {
  const decide = (name: string, decision: Promise<void> | undefined): Resource => ({
    ...named(name, () => text(name)),
    expect: () => decision,
  });
  const refusal = new HttpError(403, "not here");
  const no = Promise.reject(refusal);
  no.catch(() => {});
  const resources = [decide("a", undefined), decide("ab", Promise.resolve()), decide("a", no)];
  const head = (path: string) =>
    `PUT ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\nexpect: 100-continue\r\n\r\n`;
  await withResources(resources, async (client) => {
    await client.send(head("/ab"));
    equal((await client.response()).status, 100);
    await client.send("x");
    equal((await client.response()).text, "a");
    await client.send(head("/a"));
    equal((await client.response()).status, 403);
  });
});

Deno.test("what a client sends behind its request is there for a tunnel that opens later", async () => {
  const opened = Promise.withResolvers<void>();
  const heard: string[] = [];
  const resource = named("a", async ({ connection }): Promise<Upgrade> => {
    await opened.promise;
    return {
      tunnel: {
        open: () => void heard.push("open"),
        onData: (bytes) => {
          heard.push(new TextDecoder().decode(bytes));
          connection.outbox.send(encodeText("!"));
        },
        onClosed: () => {},
        sweep: () => {},
        close: () => {},
      },
    };
  });
  await withResources([resource], async (client, clock) => {
    await client.send(
      "GET /a HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\nbehind",
    );
    opened.resolve();
    equal((await client.response()).status, 101);
    clock.advance(1);
    equal(new TextDecoder().decode(await client.bytes(1)), "!");
    await client.send("more");
    equal(new TextDecoder().decode(await client.bytes(1)), "!");
    deepEqual(heard, ["open", "behind", "more"]);
  });
});

Deno.test("a body that is over as soon as it begins ends one request, not the next one too", async () => {
  const empty = (): Promise<HttpResponse> =>
    Promise.resolve({
      status: 200,
      headers: [],
      body: {
        length: 0,
        more: false,
        takeBytes: () => undefined,
        start: (_wake, end) => end(),
        close: () => {},
      },
    });
  const later = Promise.withResolvers<HttpResponse>();
  const resources = [
    named("empty", empty),
    named("later", () => later.promise),
    named("", () => text("now")),
  ];
  await withResources(resources, async (client) => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    await client.send(get("/empty"), get("/later"), get("/now"));
    equal((await client.response()).bytes.length, 0);
    later.resolve(text("later"));
    equal((await client.response()).text, "later");
    equal((await client.response()).text, "now");
  });
});

Deno.test("resources are swept once a second, and closed with their listener", async () => {
  const events: string[] = [];
  const resource: Resource = {
    wants: () => false,
    sweep: (now) => void events.push(`sweep ${now}`),
    close: () => void events.push("close"),
  };
  await withResources([resource], (_client, clock) => {
    clock.advance(2_000);
    return Promise.resolve();
  });
  equal(events.length, 3);
  equal(events[2], "close");
});

Deno.test("a header that cannot be sent ends the connection, without the body it was for", async () => {
  for (const size of [10, 100_000, 2_000_000]) {
    const headers: HttpResponse["headers"] = [["x-name", "a\r\nset-cookie: b=c"]];
    const resources = [
      named("a", () => ({ status: 200, headers, body: new Uint8Array(size).fill(0x78) })),
    ];
    await withResources(resources, async (client) => {
      client.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
      const text = await client.rest();
      equal(text.startsWith("HTTP/1.1 500 "), true);
      equal(/set-cookie|x-name|xxx/.test(text), false, `${size} bytes`);
    });
  }
});

Deno.test("a body that is made while it is sent is closed when its header cannot be sent", async () => {
  const told: string[] = [];
  const body = {
    length: 5,
    more: false,
    takeBytes: () => undefined,
    start: () => void told.push("start"),
    close: () => void told.push("close"),
  };
  const resources = [named("a", () => ({ status: 200, headers: [["x-name", "a\nb"]], body }))];
  await withResources(resources, async (client) => {
    client.send("GET /a HTTP/1.1\r\nhost: x\r\n\r\n");
    equal((await client.rest()).startsWith("HTTP/1.1 500 "), true);
    deepEqual(told, ["close"]);
  });
});
