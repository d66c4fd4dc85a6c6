import assert from "node:assert/strict";
import { ObjectCopy, objectMessage, send, set, USE } from "../support/object_client.ts";
import { ObjectSocket } from "../support/object_socket.ts";
import { example } from "./examples.ts";
import { eventually } from "./live_client.ts";
import { type MoviePage, withMovies } from "./ruffle.ts";
import * as as2 from "./swf/avm1.ts";
import * as as3 from "./swf/avm2.ts";

const SCRIPT = `
function onConnection(client, query)
  if query and query.name == "Eve" then error("not you", 0) end
  function client:score(name, points)
    client.writer:writeInvocation("news", name, {points = points})
    return {place = 1, list = {"a", 2, true}}
  end
  function client:refuse() error("not today", 0) end
  function client:ask() NOTE("the movie says ", client:call("confirm", "sure?", 5)) end
  function client:leave() client.writer:close() end
end`;

/** What the assemblers of both versions of ActionScript have. */
interface Assembler<E> {
  name(path: string): E;
  call(object: Value<E>, method: string, ...args: Value<E>[]): E;
  make(type: string, ...args: Value<E>[]): E;
  record(properties: Readonly<Record<string, Value<E>>>): E;
  callback(parameters: readonly string[], ...script: Value<E>[]): E;
  equals(value: Value<E>, other: Value<E>): E;
  when(condition: Value<E>, ...script: Value<E>[]): E;
  answer(value: Value<E>): E;
  report(...values: Value<E>[]): E;
}

type Value<E> = E | string | number | boolean | null;

/** The statements of a movie that plays: it reports each event, and answers calls. */
function player<E>(
  { name, call, make, record, callback, equals, when, answer, report }: Assembler<E>,
  url: string,
  ...instance: null[]
): E[] {
  const external = name("flash.external.ExternalInterface");
  const to = (action: string, ...args: Value<E>[]) =>
    call(external, "call", `MonaServer.${action}`, "onServer", ...args);
  const on = (event: string, ...script: Value<E>[]) =>
    when(equals(name("event"), event), ...script);
  const subjectIs = (value: Value<E>, ...script: Value<E>[]) =>
    when(equals(name("subject"), value), ...script);
  const parameters = ["event", "subject", "value", "more"];
  const onServer = callback(
    parameters,
    report(...parameters.map(name)),
    on(
      "status",
      subjectIs(
        "NetConnection.Connect.Success",
        to("call", 7, "score", "Ann", 1200),
        to("call", "second", "refuse"),
        to("call", null, "ask"),
        to("use", "board"),
        to("set", "board", record({ movie: record({ x: 1, list: make("Array") }) })),
      ),
    ),
    on("message", to("send", "board", "heard", name("more"))),
    on("result", subjectIs("over", to("set", "board", record({ rtmp: null })))),
    answer("yes"),
  );
  return [
    call(external, "addCallback", "onServer", ...instance, onServer),
    to("connect", url),
  ];
}

const MOVIES = {
  "ActionScript 2": (url: string) => as2.actionScript2(player<as2.Expression>(as2, url, null)),
  "ActionScript 3": (url: string) =>
    as3.actionScript3({ script: player<as3.Expression>(as3, url) }),
};

/** Runs `body` with a server whose application /live has the script, which clients of RTMP use too. */
const withGame = (body: (run: MoviePage) => Promise<void>) =>
  withMovies("", async (run) => {
    await Deno.mkdir(`${run.folder}/../live`);
    await Deno.writeTextFile(`${run.folder}/../live/main.lua`, SCRIPT);
    const rule = `[/^rtmp:\\/\\/game\\.example\\//, "ws://127.0.0.1:${run.server.http}/"]`;
    await run.page.evaluate(`MonaServer.urlRewriteRules.push(${rule})`);
    await body(run);
  });

for (const [language, movie] of Object.entries(MOVIES)) {
  Deno.test(`a movie in ${language} calls, is called and shares an object with RTMP, by the bridge`, () =>
    withGame(async ({ server, page, show, reported }) => {
      const socket = await ObjectSocket.open(server.rtmp);
      const copy = new ObjectCopy();
      socket.onObject = (heard) => copy.hear(heard);
      await socket.send(objectMessage({ name: "board" }, USE, set("rtmp", [1, "é"])));

      await show(movie("rtmp://game.example/live?name=Ann"));
      const [[code]] = await reported("status") as [[string]];
      assert.equal(code, "NetConnection.Connect.Success");
      const score = { place: 1, list: ["a", 2, true] };
      assert.deepEqual(await reported("result"), [[7, score, [score]]]);
      const [[id, info]] = await reported("error") as [[string, { description: string }]];
      assert.deepEqual([id, info.description], ["second", "not today"]);
      assert.deepEqual(await reported("call", 2), [
        ["news", ["Ann", { points: 1200 }], null],
        ["confirm", ["sure?", 5], null],
      ]);
      await server.logged(/the movie says yes/);

      await eventually(() => copy.data.has("movie"));
      assert.deepEqual(copy.data.get("movie"), { x: 1, list: [] });
      await socket.send(objectMessage({ name: "board", version: copy.version }, set("late", true)));
      await page.waitForFunction(
        `reports.some(([event, , changes]) => event === "sync" && changes.some(({ name }) => name === "late"))`,
      );
      const changes = (await reported("sync")).flatMap(([, list]) =>
        list as { code: string; name: string; value: unknown }[]
      );
      const values = new Map(changes.map(({ code, name, value }) => [`${code} ${name}`, value]));
      assert.deepEqual(values.get("change rtmp"), [1, "é"]);
      assert.deepEqual(values.get("success movie"), { x: 1, list: [] });
      assert.equal(values.get("change late"), true);
      await socket.send(objectMessage({ name: "board" }, send("chat", "hello", 5)));
      assert.deepEqual((await reported("message", 2))[0], ["board", "chat", ["hello", 5]]);
      await eventually(() => copy.messages.some(([handler]) => handler === "heard"));
      assert.deepEqual(copy.messages.find(([handler]) => handler === "heard"), [
        "heard",
        ["hello", 5],
      ]);
      socket.close();
    }));
}

Deno.test("a movie is told that it is refused, and loses its connection with its element", () =>
  withGame(async ({ server, page, show, reported }) => {
    await show(MOVIES["ActionScript 3"]("rtmp://game.example/live?name=Eve"));
    const [[code, info]] = await reported("status") as [[string, { description: string }]];
    assert.deepEqual([code, info.description], ["NetConnection.Connect.Rejected", "not you"]);
    await show(MOVIES["ActionScript 3"]("http://"));
    assert.deepEqual((await reported("status")).map(([code]) => code), [
      "NetConnection.Connect.Failed",
    ]);
    await show(MOVIES["ActionScript 3"]("rtmp://game.example/live"));
    await reported("result");
    await page.evaluate(`document.querySelector("ruffle-player").remove()`);
    await server.logged(/disconnected/);
  }));

Deno.test("the bridge's page of the docs connects a movie", () =>
  withGame(async ({ server, page, folder }) => {
    const origin = `http://127.0.0.1:${server.http}`;
    const html = (await example("flash", "html", "bridge.js"))
      .replace("https://example.org/", `${origin}/`)
      .replace("wss://example.org/", `${origin.replace("http", "ws")}/`)
      .replace("<script", '<link rel="icon" href="data:,">$&');
    await Deno.writeTextFile(`${folder}/game.html`, html);
    const movie = MOVIES["ActionScript 3"]("rtmp://game.example.com/live?name=Ann");
    await Deno.writeFile(`${folder}/game.swf`, movie);
    await page.goto(`${origin}/app/game.html`);
    await server.logged(/the movie says yes/);
  }));
