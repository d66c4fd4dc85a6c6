import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import { signLink } from "../../src/access/mod.ts";
import { Refusal } from "../../src/hub/mod.ts";
import { Gate } from "./support.ts";

const PATHS = ["", "/live", "/hello", "/a/b"];

const wanted = (error: unknown) => error instanceof Refusal && error.reason === "unknown";
const denied = (error: unknown) => error instanceof Refusal && error.reason === "denied";

Deno.test("a rule of a stream holds from every application, for publishers and players", () => {
  const gate = new Gate(
    "publish.* = none\npublish.test = key:secret\nplay.* = any\nplay.private/* = none",
  );
  for (const path of PATHS) {
    const client = gate.connect(path);
    throws(() => gate.publish(client, "test"), wanted, path);
    throws(() => gate.publish(client, "test?key=guess"), wanted, path);
    throws(() => gate.publish(client, "other?key=secret"), denied, path);
    throws(() => gate.play(client, "private/x"), denied, path);
    gate.publish(client, "test?key=secret");
    gate.play(client, "test");
  }
});

Deno.test("the most specific rule decides, in whatever order they stand", () => {
  const lines = ["play.* = none", "play.a* = any", "play.ab* = none", "play.abc = any"];
  for (const order of [lines, lines.toReversed()]) {
    const gate = new Gate(order.join("\n"));
    const client = gate.connect();
    const isOpen = (name: string) => {
      try {
        gate.play(client, name);
        return true;
      } catch {
        return false;
      }
    };
    deepEqual(["x", "a", "ab", "abc", "abcd"].map(isOpen), [false, true, false, true, false]);
  }
});

Deno.test("an action without rules is the application's alone", () => {
  const gate = new Gate("publish.* = none");
  gate.play(gate.connect(), "anything");
  deepEqual(gate.asked, ["connect /live ", "play anything "]);
});

Deno.test("the application has the last word, and is not asked of what the rules refuse", () => {
  const gate = new Gate("publish.* = key:secret", {
    handler: {
      onPublish: () => {
        throw new Refusal("Publish.Failed", "not today");
      },
    },
  });
  const client = gate.connect();
  throws(() => gate.publish(client, "test?key=guess"), wanted);
  throws(() => gate.publish(client, "test?key=secret"), { message: "not today" });
});

Deno.test("a key comes by the stream, the connection, the URL's login, Bearer or Basic", () => {
  const gate = new Gate("publish.* = key:s3cr/t");
  const basic = (text: string) => `Basic ${btoa(text)}`;
  const headers = (value: string) => ({ properties: new Map([["authorization", value]]) });
  const login = (url: string) => ({ properties: new Map([["tcUrl", url]]) });
  gate.publish(gate.connect(), "test?key=s3cr%2Ft");
  for (
    const info of [
      { query: "key=s3cr%2Ft" },
      login("rtmp://me:s3cr%2Ft@host/live"),
      headers("Bearer s3cr/t"),
      headers("bearer s3cr/t"),
      headers(basic("me:s3cr/t")),
      headers(basic(":s3cr/t")),
    ]
  ) gate.publish(gate.connect("/live", info), "test");
  for (
    const info of [
      { query: "Key=s3cr%2Ft" },
      login("rtmp://s3cr%2Ft@host/live"),
      headers("Bearer  "),
      headers("Basic s3cr/t"),
      headers(basic("s3cr/t")),
      headers("s3cr/t"),
    ]
  ) {
    throws(() => gate.publish(gate.connect("/live", info), "test"), wanted, JSON.stringify(info));
  }
});

Deno.test("a key of the file lets in by name, until it ends, and the application sees whose", () => {
  const file = `; name key until
ann  apple  2026-01-01
ben  banana
cat  cherry 2026-01-01T01:00:00+01:00`;
  const gate = new Gate("publish.* = keys\npublish.ben* = keys:ben key:spare", { file });
  const client = gate.connect();
  gate.publish(client, "test?key=apple");
  gate.publish(client, "ben1?key=banana");
  throws(() => gate.publish(client, "ben1?key=apple"), wanted);
  throws(() => gate.publish(client, "test?key=cherry"), wanted, "ended at the test's midnight");
  deepEqual(gate.asked.slice(1), ["publish test ann", "publish ben1 ben"]);
  const login = (name: string) => ({
    properties: new Map([["authorization", `Basic ${btoa(`${name}:banana`)}`]]),
  });
  gate.publish(gate.connect("/live", login("ben")), "test");
  throws(() => gate.publish(gate.connect("/live", login("ann")), "test"), wanted);
  gate.clock.advance(86_400_000);
  throws(() => gate.publish(client, "test?key=apple"), wanted, "the day is over");
});

Deno.test("a signed link lets in for its action, its path and its time", () => {
  const gate = new Gate("publish.* = link\nplay.* = link key:spare");
  const now = gate.clock.epoch() / 1000;
  const client = gate.connect();
  const link = signLink("nightingale", "play", "film", now + 60);
  gate.play(client, `film?${link}`);
  throws(() => gate.play(client, `other?${link}`), wanted);
  throws(() => gate.publish(client, `film?${link}`), wanted);
  throws(() => gate.play(client, `film?${link.replace(/\d+/, String(now + 99))}`), wanted);
  throws(() => gate.play(client, `film?${signLink("sparrow", "play", "film", now + 60)}`), wanted);
  gate.clock.advance(60_000);
  throws(() => gate.play(client, `film?${link}`), { message: "the link is over to play film" });
});

Deno.test("a link is HMAC-SHA-256 over action, time and path as openssl makes it", () => {
  // printf 'play\n1767229200\nfilm' | openssl dgst -sha256 -hmac nightingale
  equal(
    signLink("nightingale", "play", "film", 1767229200),
    "expires=1767229200&sig=0194ca15a0fb28c3b865fa20547d771be0e693c82643abddab01c324a74a6faf",
  );
});

Deno.test("rules of applications and files take a folder with all below, in any case", () => {
  const gate = new Gate(
    "connect.* = any\nconnect.members/* = none\nconnect./ = none",
  );
  for (const path of ["/members", "/Members", "/members/a", ""]) {
    throws(() => gate.connect(path), denied, path);
  }
  for (const path of ["/membersonly", "/other"]) gate.connect(path);
  const files = new Gate("files.* = any\nfiles./members/* = none");
  const read = (path: string, file: string) => {
    const client = files.connect(path, { protocol: "HTTP" });
    const parameters = { more: false, read: () => 0 };
    files.hub.handler.onRead({ client, file, parameters, during: (run) => run() });
  };
  for (const [path, file] of [["/other", "a.txt"], ["/other", "members"]] as const) {
    doesNotThrow(() => read(path, file));
  }
  for (const [path, file] of [["/members", "a"], ["/Members", "a"], ["/members/b", ""]] as const) {
    throws(() => read(path, file), denied, path);
  }
});

Deno.test("each request of an HTTP connection brings its own key", () => {
  const gate = new Gate("connect.* = keys", { file: "ann apple\nben banana" });
  const properties = new Map([["authorization", "Bearer apple"]]);
  const client = gate.connect("/live", { protocol: "HTTP", properties });
  gate.play(client, "test");
  properties.set("authorization", "Bearer banana");
  gate.play(client, "test");
  properties.clear();
  throws(() => gate.play(client, "test"), wanted);
  deepEqual(gate.asked, ["connect /live ann", "play test ann", "play test ben"]);
});

Deno.test("wrong keys make their address wait, and are told once and without the key", () => {
  const gate = new Gate("publish.* = key:secret");
  const client = gate.connect();
  const other = gate.connect("/live", { address: "192.0.2.2:5000" });
  throws(() => gate.publish(client, "test"), wanted);
  for (let guess = 0; guess < 11; guess++) {
    throws(() => gate.publish(client, `test?key=guess${guess}`), wanted);
  }
  const paused = { reason: "busy", message: "too many wrong keys of this address" };
  throws(() => gate.publish(client, "test?key=secret"), paused);
  gate.publish(other, "test?key=secret");
  gate.clock.advance(60_000);
  gate.publish(client, "test?key=secret");
  deepEqual(gate.log.lines, [
    "WARN 192.0.2.1:5000 sent a wrong key, first for publish test",
    "WARN 192.0.2.1 sent too many wrong keys and is refused for a while",
  ]);
});

Deno.test("a link for what a request is for lets in to the application, for that request", () => {
  const gate = new Gate("connect.* = link\nfiles.* = link\nplay.* = link");
  const end = gate.clock.epoch() / 1000 + 60;
  const request = (requestedFile: string, link: string, protocol: "HTTP" | "RTMP" = "HTTP") =>
    gate.connect("/live", { protocol, query: link, requestedFile });
  const read = (client: ReturnType<typeof request>, file: string) =>
    gate.hub.handler.onRead({
      client,
      file,
      parameters: { more: false, read: () => 0 },
      during: (run) => run(),
    });
  const file = signLink("nightingale", "files", "/live/a.txt", end);
  const client = request("a.txt", file);
  read(client, "a.txt");
  client.requestedFile = "b.txt";
  throws(() => read(client, "b.txt"), wanted, "the next request of the connection");
  client.requestedFile = "";
  throws(() => read(client, "a.txt"), wanted, "a call");
  throws(() => request("a.txt", file, "RTMP"), wanted);
  throws(() => request("b.txt", file), wanted);
  const play = signLink("nightingale", "play", "film", end);
  gate.play(request("film.flv", play), `film?${play}`);
  throws(() => gate.play(request("film.flv", play), `other?${play}`), wanted);
});

Deno.test("a good link for another action of the same request is no wrong key", () => {
  const gate = new Gate("files.* = link\nconnect.* = any\nplay.* = link");
  const link = signLink("nightingale", "play", "film", gate.clock.epoch() / 1000 + 60);
  const client = gate.connect("/live", {
    protocol: "HTTP",
    query: link,
    requestedFile: "film.flv",
  });
  const parameters = { more: false, read: () => 0 };
  for (let count = 0; count < 20; count++) {
    throws(
      () =>
        gate.hub.handler.onRead({ client, file: "film.flv", parameters, during: (run) => run() }),
      { message: "the link is for another action, not to have /live/film.flv" },
    );
  }
  equal(gate.guard.wrongKeys, 0);
});
