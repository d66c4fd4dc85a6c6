import assert from "node:assert/strict";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { received } from "../support/flash_peer.ts";
import { CODECS, publishCamera } from "./camera.ts";
import { example } from "./examples.ts";
import { withMovies } from "./ruffle.ts";
import * as as2 from "./swf/avm1.ts";
import {
  actionScript3,
  assign,
  atLeast,
  call,
  callback,
  type Expression,
  make,
  member,
  name,
  own,
  record,
  repeat,
  report,
  set,
  type Value,
  when,
} from "./swf/avm2.ts";

const SCRIPT = `
function onConnection(client)
  function client:add(a, b, more)
    return {sum = a + b, text = more.text .. "!", list = {1, "two"}}
  end
  function client:refuse() error("not today", 0) end
  function client:Credentials(who) self.who = who.userid end
  function client:whoami()
    self.writer:writeInvocation("greet", "hello")
    return self.who .. " of level " .. self.level
  end
  function client:score(values) return {name = values.name, place = 1} end
  function client:onMessage(text)
    client.writer:writeRaw("<heard>" .. text:gsub("%z", "") .. "</heard>\\0")
  end
end
`;

/** Runs a script at each event of an object that a variable names. */
const listen = (variable: string, event: string, ...script: Value[]): Expression =>
  call(name(variable), "addEventListener", event, callback(["event"], ...script));

const ofEvent = (property: string) => member(name("event"), property);

Deno.test("a movie's NetConnection calls Lua over HTTP, and knows no RTMP", async () => {
  await withMovies(SCRIPT, async ({ server, show, reported }) => {
    const [connection, rtmp] = [name("connection"), name("rtmp")];
    const responder = make(
      "flash.net.Responder",
      callback(["result"], report("result", name("result"))),
      callback(["status"], report("failed", member(name("status"), "description"))),
    );
    await show(actionScript3({
      variables: ["connection", "rtmp", "functions"],
      script: [
        assign("rtmp", make("flash.net.NetConnection")),
        listen("rtmp", "netStatus", report("rtmp")),
        call(rtmp, "connect", `rtmp://127.0.0.1:${server.rtmp}/app`),
        assign("connection", make("flash.net.NetConnection")),
        assign("functions", make("Object")),
        set(name("functions"), "greet", callback(["text"], report("greeted", name("text")))),
        set(connection, "client", name("functions")),
        call(connection, "connect", `http://127.0.0.1:${server.http}/app`),
        call(connection, "addHeader", "Credentials", false, record({ userid: "Ann" })),
        call(connection, "addHeader", "level", false, 5),
        call(connection, "call", "add", responder, 1, 2, record({ text: "été" })),
        call(connection, "call", "service.add", responder, 3, 4, record({ text: "" })),
        call(connection, "call", "refuse", responder),
        call(connection, "call", "nobody", responder),
        call(connection, "call", "whoami", responder),
      ],
    }));
    assert.deepEqual(await reported("result", 3), [
      [{ sum: 3, text: "été!", list: [1, "two"] }],
      [{ sum: 7, text: "!", list: [1, "two"] }],
      ["Ann of level 5"],
    ]);
    assert.deepEqual(await reported("failed", 2), [
      ["not today"],
      ["Method client 'nobody' not found in application /app"],
    ]);
    // So says docs/flash.md, until a later Ruffle has it.
    assert.deepEqual(await reported("rtmp", 0), []);
    assert.deepEqual(await reported("greeted", 0), []);
  });
});

/** A short AMF0 command as an RTMP message, written to `socket`: chunk stream 3, time 0, stream 0. */
const send = (...values: Value[]): Value[] => {
  const [socket, body] = [name("socket"), name("body")];
  const commandAmf0 = 20;
  return [
    assign("body", make("flash.utils.ByteArray")),
    set(body, "objectEncoding", 0),
    ...values.map((value) => call(body, "writeObject", value)),
    ...[3, 0, 0, 0, 0, 0].map((byte) => call(socket, "writeByte", byte)),
    call(socket, "writeByte", member(body, "length")),
    call(socket, "writeByte", commandAmf0),
    call(socket, "writeInt", 0),
    call(socket, "writeBytes", body),
    call(socket, "flush"),
  ];
};

Deno.test("a movie's Socket speaks RTMP with the server, by Ruffle's socketProxy alone", async () => {
  await withMovies(SCRIPT, async ({ server, show, reported }) => {
    const [socket, block, awaited] = [name("socket"), name("block"), name("awaited")];
    const available = member(socket, "bytesAvailable");
    const BLOCK = 1536;
    // C2 is S1 again.
    const endHandshake = [
      assign("awaited", 1),
      call(socket, "readByte"),
      call(socket, "readBytes", block, 0, BLOCK),
      call(socket, "writeBytes", block),
      call(socket, "readBytes", block, 0, BLOCK),
      ...send("connect", 1, record({ app: "app", tcUrl: "rtmp://game.example/app" })),
      ...send("add", 2, null, 1, 2, record({ text: "été" })),
    ];
    const tellBytes = [
      assign("bytes", make("Array")),
      repeat(atLeast(available, 1), call(name("bytes"), "push", call(socket, "readUnsignedByte"))),
      report("bytes", name("bytes")),
    ];
    await show(
      actionScript3({
        variables: ["socket", "block", "body", "awaited", "bytes"],
        script: [
          assign("socket", make("flash.net.Socket")),
          assign("block", make("flash.utils.ByteArray")),
          set(block, "length", BLOCK),
          assign("awaited", 1 + 2 * BLOCK),
          listen(
            "socket",
            "connect",
            call(socket, "writeByte", 3),
            call(socket, "writeBytes", block),
            call(socket, "flush"),
          ),
          listen(
            "socket",
            "socketData",
            when(
              atLeast(available, awaited),
              when(atLeast(awaited, 2), ...endHandshake),
              ...tellBytes,
            ),
          ),
          call(socket, "connect", "game.example", 1935),
        ],
      }),
      {
        socketProxy: [
          { host: "game.example", port: 1935, proxyUrl: `ws://127.0.0.1:${server.http}/rtmp` },
        ],
      },
    );
    const results: unknown[][] = [];
    for (let count = 1; results.length < 2; count++) {
      results.length = 0;
      const bytes = (await reported("bytes", count)).flat(2) as number[];
      new ChunkReader().readChunks(Uint8Array.from(bytes), ({ streamId, type, payload }) => {
        const { values } = received(streamId, { type, payload });
        if (values?.[0] === "_result") results.push(values);
      });
    }
    const [connected, added] = results;
    assert.equal((connected?.[3] as { code: string }).code, "NetConnection.Connect.Success");
    assert.deepEqual(added, ["_result", 2, null, {
      sum: 3,
      text: "été!",
      list: [1, "two"],
    }]);
  });
});

Deno.test("a movie's XMLSocket talks with a script, by Ruffle's socketProxy alone", async () => {
  await withMovies(
    await example("flash", "lua", "onMessage"),
    async ({ server, show, reported }) => {
      const words = ["<hello/>", "été"];
      await show(
        actionScript3({
          variables: ["socket"],
          script: [
            assign("socket", make("flash.net.XMLSocket")),
            listen("socket", "connect", ...words.map((word) => call(name("socket"), "send", word))),
            listen("socket", "data", report("data", ofEvent("data"))),
            call(name("socket"), "connect", "game.example", 9339),
          ],
        }),
        {
          socketProxy: [
            { host: "game.example", port: 9339, proxyUrl: `ws://127.0.0.1:${server.http}/app` },
          ],
        },
      );
      const answers = words.map((word) => [`<heard>${word}</heard>`]);
      assert.deepEqual(await reported("data", words.length), answers);
    },
  );
});

Deno.test("a movie's URLLoader calls Lua by GET and POST", async () => {
  await withMovies(SCRIPT, async ({ server, show, reported }) => {
    const [loader, request] = [name("loader"), name("request")];
    const data = member(ofEvent("target"), "data");
    await show(actionScript3({
      variables: ["loader", "request", "values"],
      script: [
        assign("values", make("flash.net.URLVariables")),
        set(name("values"), "name", "Ann & Ben"),
        assign(
          "request",
          make("flash.net.URLRequest", `http://127.0.0.1:${server.http}/app/score`),
        ),
        set(request, "data", name("values")),
        assign("loader", make("flash.net.URLLoader")),
        listen("loader", "complete", report("get", data)),
        call(loader, "load", request),
        assign("loader", make("flash.net.URLLoader")),
        set(loader, "dataFormat", "variables"),
        listen("loader", "complete", report("post", member(data, "name"), member(data, "place"))),
        set(request, "method", "POST"),
        call(loader, "load", request),
      ],
    }));
    const [[text]] = await reported("get") as [[string]];
    assert.deepEqual(JSON.parse(text), [{ name: "Ann & Ben", place: 1 }]);
    assert.deepEqual(await reported("post"), [["Ann & Ben", "1"]]);
  });
});

Deno.test("a movie's NetStream plays a publication that is an hour old, over HTTP", async () => {
  await withMovies(SCRIPT, async ({ server, show, reported }) => {
    const [connection, stream] = [name("connection"), name("stream")];
    const [video, picture] = [name("video"), name("picture")];
    for (const codecs of Object.keys(CODECS) as (keyof typeof CODECS)[]) {
      const stop = await publishCamera(server, `app/${codecs}`, { codecs, age: 3600 });
      // A picture that was black has a bright place.
      const look = when(
        atLeast(member(stream, "time"), 2),
        call(picture, "draw", video),
        when(atLeast(call(picture, "getPixel", 100, 20), 0x888888), report("playing")),
      );
      const onMetaData = callback(["data"], report("width", member(name("data"), "width")));
      await show(actionScript3({
        variables: ["connection", "stream", "video", "picture"],
        script: [
          assign("connection", make("flash.net.NetConnection")),
          call(connection, "connect", null),
          assign("stream", make("flash.net.NetStream", connection)),
          set(stream, "client", record({ onMetaData })),
          assign("video", make("flash.media.Video", 320, 180)),
          call(video, "attachNetStream", stream),
          own("addChild", video),
          assign("picture", make("flash.display.BitmapData", 320, 180, false, 0)),
          listen("stream", "netStatus", look),
          call(stream, "play", `${codecs}.flv?start=0`),
        ],
      }));
      assert.deepEqual(await reported("width"), [[320]]);
      await reported("playing");
      await stop();
    }
  });
});

Deno.test("a movie in ActionScript 2 calls Lua by NetConnection and LoadVars", async () => {
  await withMovies(SCRIPT, async ({ server, show, reported }) => {
    const { name, call, callback, report } = as2;
    const origin = `http://127.0.0.1:${server.http}`;
    await show(as2.actionScript2([
      as2.assign("connection", as2.make("NetConnection")),
      call(name("connection"), "connect", `${origin}/app`),
      as2.assign(
        "responder",
        as2.record({
          onResult: callback(["result"], report("result", name("result"))),
          onStatus: callback(["status"], report("failed", name("status.description"))),
        }),
      ),
      call(
        name("connection"),
        "call",
        "add",
        name("responder"),
        1,
        2,
        as2.record({ text: "été" }),
      ),
      call(name("connection"), "call", "refuse", name("responder")),
      as2.assign("sent", as2.make("LoadVars")),
      as2.set(name("sent"), "name", "Ann & Ben"),
      as2.assign("answer", as2.make("LoadVars")),
      as2.set(
        name("answer"),
        "onLoad",
        callback(["isLoaded"], report("post", name("this.name"), name("this.place"))),
      ),
      call(name("sent"), "sendAndLoad", `${origin}/app/score`, name("answer"), "POST"),
    ]));
    assert.deepEqual(await reported("result"), [[{
      sum: 3,
      text: "été!",
      list: [1, "two"],
    }]]);
    assert.deepEqual(await reported("failed"), [["not today"]]);
    assert.deepEqual(await reported("post"), [["Ann & Ben", "1"]]);
  });
});

Deno.test("the page of the docs brings an old movie to its new server", async () => {
  const script = `
function onConnection(client)
  function client:hello(values) NOTE("loaded with ", values.name, ".") end
  function client:onMessage(bytes) NOTE("socket said ", bytes) end
end`;
  await withMovies(script, async ({ server, page, folder }) => {
    const origin = `http://127.0.0.1:${server.http}`;
    const html = (await example("flash", "html", "socketProxy"))
      .replace("wss://example.org/game", `${origin.replace("http", "ws")}/app`)
      .replace("https://example.org/game/", `${origin}/app/`)
      .replace("<script>", '<link rel="icon" href="data:,">$&');
    await Deno.writeTextFile(`${folder}/game.html`, html);
    const movie = actionScript3({
      variables: ["socket", "loader"],
      script: [
        assign("socket", make("flash.net.XMLSocket")),
        listen("socket", "connect", call(name("socket"), "send", "<hello/>")),
        call(name("socket"), "connect", "game.example.com", 9339),
        assign("loader", make("flash.net.URLLoader")),
        call(
          name("loader"),
          "load",
          make("flash.net.URLRequest", "http://game.example.com/hello?name=Ann"),
        ),
      ],
    });
    await Deno.writeFile(`${folder}/game.swf`, movie);
    await page.goto(`${origin}/app/game.html`);
    await server.logged(/socket said <hello\/>/);
    await server.logged(/loaded with Ann\./);
  });
});
