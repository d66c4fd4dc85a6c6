import { deepEqual, equal, ok } from "node:assert/strict";
import { loadConfig, namedKeys } from "../../src/config/mod.ts";
import { parseStreamUrl } from "../../src/protocols/rtmp/mod.ts";
import { withServers } from "./scripted.ts";

const page = await Deno.readTextFile(new URL("../../docs/scaling.md", import.meta.url));
const blocks = [...page.matchAll(/```(\w+)\n(.*?)```/gs)];

/** The examples of a language, in order. */
function examples(language: string): string[] {
  return blocks.filter(([, name]) => name === language).map(([, , text]) => text!);
}

/** The Lua example that has some text. */
function example(text: string): string {
  const found = examples("lua").find((each) => each.includes(text));
  ok(found, text);
  return found;
}

Deno.test("every ini line of docs/scaling.md is one that the server knows", () => {
  const inis = examples("ini");
  equal(inis.length, 4);
  for (const text of inis) {
    const { faults } = loadConfig({ ini: { file: "my.ini", text } });
    deepEqual(faults, [], text);
    for (const [url] of text.matchAll(/rtmps?:\S+/g)) ok(parseStreamUrl(url), url);
  }
});

Deno.test("every key that docs/scaling.md names exists", () => {
  const named = [...page.matchAll(/`((?:cluster|servers|live|HTTP)\.\w+)`/g)];
  ok(named.length > 3);
  const keys = new Set(namedKeys.map(({ path }) => path));
  for (const [, key] of named) ok(keys.has(key!), key);
});

Deno.test("the balancing script of docs/scaling.md sends each next client to the next server, or keeps it", () =>
  withServers(["", "", example("onHandshake(address")], (_a, _b, { server }) => {
    const ask = (attempts: number) =>
      server.scripts.handler.onHandshake({
        protocol: "RTMFP",
        address: "",
        path: "",
        properties: new Map(),
        attempts,
      });
    // Listed in the order in which they connected, which either may do first.
    const [a, b] = ask(3) ?? [];
    deepEqual([a, b].sort(), ["127.0.0.1:1935", "127.0.0.1:1936"]);
    deepEqual([1, 1, 1, 1].map(ask), [[a], [b], undefined, [a]]);
    deepEqual(ask(3), [a, b, "again"]);
  }));

Deno.test("the moving script of docs/scaling.md asks those who can, and ends the others", () =>
  withServers(["", example("client:reconnect")], (_a, b) => {
    const { server } = b;
    const [movable, other, page] = [server.connect(), server.connect(), server.connect()];
    const asked: unknown[] = [];
    const ask = (target: string | undefined) => void asked.push(target);
    movable.move = { port: "RTMP", isAnnounced: true, ask };
    other.move = { port: "RTMFP", isAnnounced: false, ask };
    b.run("leave(mona.servers[1])");
    deepEqual(asked, ["127.0.0.1:1945", "127.0.0.1:1935"]);
    deepEqual([movable, other, page].map(({ writer }) => writer.isClosed), [false, true, false]);
  }));
