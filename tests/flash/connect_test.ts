import assert from "node:assert/strict";
import { Refusal } from "../../src/hub/mod.ts";
import type { Client, Handler } from "../../src/hub/mod.ts";
import { readValues, ValueReader } from "../../src/codecs/mod.ts";
import { FOURCC_LIST } from "../../src/media/mod.ts";
import { encodeText } from "../../src/bytes/mod.ts";
import {
  connectMessage,
  fakeHub,
  FLASH_PLAYER,
  FlashPeer,
  plain,
  type Received,
  statuses,
} from "../support/flash_peer.ts";

/** A peer at a hub whose handler does this. */
function peerWith(handler: Partial<Handler>, options = {}): FlashPeer {
  return new FlashPeer(fakeHub(handler).hub, options);
}

const info = (message: Received | undefined) => message?.values?.[3] as Record<string, unknown>;

for (const [objectEncoding, said] of [[undefined, 0], [0, 0], [3, 3]] as const) {
  Deno.test(`connect with object encoding ${objectEncoding} is accepted with ${said}`, () => {
    const peer = peerWith({});
    const [answer, ...rest] = peer.connect({ objectEncoding });
    assert.deepEqual(rest, []);
    assert.equal(peer.greetings, 1);
    assert.equal(answer?.stream, 0);
    assert.equal(answer?.type, 20);
    assert.deepEqual(answer?.values?.slice(0, 2), ["_result", 1]);
    assert.deepEqual(info(answer), {
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "Connection succeeded",
      objectEncoding: said,
    });
    assert.equal(peer.connection.isConnected, true);
    assert.equal(peer.hub.clients.size, 1);
  });
}

Deno.test("the answer to connect tells what the server forwards (Enhanced RTMP v2)", () => {
  const [answer] = peerWith({}).connect();
  assert.deepEqual(answer?.values?.[2], {
    fmsVer: "MonaServer/2,0",
    capabilities: 31,
    mode: 1,
    videoFourCcInfoMap: { "*": 4 },
    audioFourCcInfoMap: { "*": 4 },
    capsEx: 15,
  });
});

/** Whether AMF values have a strict array anywhere. */
function hasArray(value: unknown): boolean {
  return Array.isArray(value) ||
    (typeof value === "object" && value !== null && Object.values(value).some(hasArray));
}

// Cameras hang up when they meet AMF0's marker 0x0a in this answer.
Deno.test("the answer to connect has a strict array only for those whose connect lists codecs", () => {
  const [answer] = peerWith({}).connect();
  assert.equal(answer?.values?.some(hasArray), false);
  const [other] = peerWith({}).connect({ fourCcList: ["*"] });
  assert.deepEqual((other?.values?.[2] as Record<string, unknown>).fourCcList, FOURCC_LIST);
});

for (const app of [null, 5, {}, undefined]) {
  Deno.test(`with app ${JSON.stringify(app)} the path of tcUrl is the application`, () => {
    const peer = peerWith({});
    peer.connect({ app, tcUrl: "rtmp://h/live?k=1" });
    assert.equal(peer.connection.client.path, "/live");
    assert.equal(peer.connection.client.query, "k=1");
  });
}

/** Bodies of a connect of "live": the type, and what stands before the command's name. */
const STRAY: [type: number, lead: number[], name: string][] = [
  [20, [], "type 20"],
  [20, [0], "type 20 with a byte too many"],
  [17, [0], "type 17"],
  [17, [], "type 17 without its first byte"],
  [17, [0x11], "type 17 that begins with 0x11"],
];
for (const [type, lead, name] of STRAY) {
  Deno.test(`a connect of ${name} is answered`, () => {
    const peer = peerWith({});
    const { payload } = connectMessage(1, FLASH_PLAYER);
    const [answer] = peer.message(0, { type, payload: Uint8Array.of(...lead, ...payload) });
    assert.deepEqual(answer?.values?.slice(0, 2), ["_result", 1]);
  });
}

// A name in AMF3: 0x11, a string of 7 bytes, "connect".
Deno.test("a command whose name is AMF3 is understood, with and without a byte before it", () => {
  const tail = connectMessage(1, FLASH_PLAYER).payload.subarray(10);
  const name = Uint8Array.of(0x11, 0x06, 0x0f, ...encodeText("connect"));
  for (const lead of [[], [0]]) {
    const payload = Uint8Array.of(...lead, ...name, ...tail);
    assert.equal(peerWith({}).message(0, { type: 17, payload })[0]?.values?.[0], "_result");
  }
});

Deno.test("an application sees the client's URL, its properties and the arguments of connect", () => {
  let seen: Client | undefined;
  let given: unknown;
  const peer = peerWith({
    onConnection: ({ client, args }) => {
      seen = client;
      given = plain(readValues(args));
    },
  });
  peer.connect(
    {
      app: "live?user=tom&x=1",
      tcUrl: "rtmp://server.test:1936/live?user=tom&x=1",
      flashVer: "WIN 32,0",
      pageUrl: "http://p/",
      swfUrl: "http://s/",
      audioCodecs: 3191,
      fpad: false,
      x: "connect's own",
      objectEncoding: 0,
      fourCcList: ["av01"],
    },
    "login",
    { a: 1 },
  );
  assert.ok(seen);
  assert.equal(seen.path, "/live");
  assert.equal(seen.query, "user=tom&x=1");
  assert.deepEqual([...seen.properties], [
    ["app", "live?user=tom&x=1"],
    ["tcUrl", "rtmp://server.test:1936/live?user=tom&x=1"],
    ["flashVer", "WIN 32,0"],
    ["pageUrl", "http://p/"],
    ["swfUrl", "http://s/"],
    ["audioCodecs", "3191"],
    ["fpad", "false"],
    ["x", "1"],
    ["objectEncoding", "0"],
    ["user", "tom"],
  ]);
  assert.equal(seen.flashVersion, "WIN 32,0");
  assert.equal(seen.pageUrl, "http://p/");
  assert.equal(seen.swfUrl, "http://s/");
  assert.equal(seen.serverAddress, "server.test:1936");
  assert.equal(seen.address, "192.0.2.1:5000");
  assert.deepEqual(given, ["login", { a: 1 }]);
});

Deno.test("what the application returns is added to the answer and overrides known parameters", () => {
  const peer = peerWith({
    onConnection: () => ({
      ...{ message: "welcome", id: 1, timeout: 5, code: "not.this" },
      keepalive: Object.create(null),
    }),
  }, { parameters: new Map([["timeout", "60"], ["keepalive", "1"]]) });
  const [answer] = peer.connect();
  assert.equal(info(answer).message, "welcome");
  assert.equal(info(answer).id, 1);
  assert.equal(info(answer).code, "NetConnection.Connect.Success");
  assert.deepEqual(Object.fromEntries(peer.connection.client.parameters), {
    timeout: "5",
    keepalive: "1",
  });
});

for (
  const [refusal, code, description, ex] of [
    [new Refusal("Connect.Rejected", "you are not Tom!"), "Connect.Rejected", "you are not Tom!"],
    [
      new Refusal("Connect.InvalidApp", "Application /x doesn't exist", { reason: "missing" }),
      "Connect.InvalidApp",
      "Application /x doesn't exist",
    ],
    [
      new Refusal("Connect.Rejected", "moved", { redirect: "rtmp://b/live" }),
      "Connect.Rejected",
      "moved",
      { code: 302, redirect: "rtmp://b/live" },
    ],
  ] as const
) {
  Deno.test(`a client refused with ${code}, "${description}" is told so after the greeting`, () => {
    const peer = peerWith({
      onConnection: () => {
        throw refusal;
      },
    });
    const messages = peer.connect();
    assert.equal(peer.greetings, 1);
    assert.deepEqual(messages.map(({ stream, values }) => [stream, values?.[0]]), [
      [0, "_error"],
      [0, "close"],
    ]);
    assert.equal(messages[0]?.values?.[1], 1);
    assert.deepEqual(info(messages[0]), {
      level: "error",
      code: `NetConnection.${code}`,
      description,
      ...(ex === undefined ? {} : { ex }),
    });
    assert.equal(peer.ended, true);
    assert.equal(peer.hub.clients.size, 0);
    assert.deepEqual(peer.command(0, "createStream"), []);
  });
}

/** A client's URL, and where it is sent: by which scheme, to which port of the other server. */
const ways: [tcUrl: string, scheme: string, portName: string][] = [
  ["rtmp://a.test/live", "rtmp", "RTMP"],
  ["RTMPS://a.test/live", "rtmps", "RTMPS"],
  ["rtmpe://a.test/live", "rtmpe", "RTMP"],
  ["rtmpt://a.test:80/live", "rtmpt", "HTTP"],
  ["rtmpts://a.test/live", "rtmpts", "HTTPS"],
  ["http://a.test/live", "rtmps", "RTMPS"],
  ["", "rtmps", "RTMPS"],
];
for (const [tcUrl, scheme, portName] of ways) {
  Deno.test(`a client that came by "${tcUrl}" is redirected by ${scheme}, to a port for ${portName}`, () => {
    const asked: unknown[] = [];
    const handler: Partial<Handler> = {
      onHandshake: ({ protocol, portName: port }) => {
        asked.push(protocol, port);
        return ["b.test:1936", "again"];
      },
    };
    const peer = peerWith(handler, { redirectScheme: "rtmps" });
    const [answer] = peer.connect({ app: "live?k=1", tcUrl });
    assert.deepEqual(asked, ["RTMP", portName]);
    assert.deepEqual(info(answer).ex, { code: 302, redirect: `${scheme}://b.test:1936/live?k=1` });
  });
}

Deno.test("a client stays that is told to come again, or whose protocol redirects otherwise", () => {
  const stays = peerWith({ onHandshake: () => ["again"] }, { redirectScheme: "rtmp" });
  assert.equal(stays.connect()[0]?.values?.[0], "_result");
  const rtmfp = peerWith({ onHandshake: () => ["b.test:1936"] });
  assert.equal(rtmfp.connect()[0]?.values?.[0], "_result");
});

Deno.test("what a script writes during connect comes after the answer, or never when refused", () => {
  for (const refused of [false, true]) {
    const peer = peerWith({
      onConnection: ({ client }) => {
        client.writer.writeInvocation("first", new ValueReader([1]));
        client.writer.newFlowWriter().writeInvocation("second", new ValueReader([2]));
        if (refused) throw new Refusal("Connect.Rejected", "no");
      },
    });
    const names = peer.connect().map(({ values }) => values?.[0]);
    assert.deepEqual(names, refused ? ["_error", "close"] : ["_result", "first", "second"]);
  }
});

/** What a peer is told when it is asked to connect anew. */
function asked(peer: FlashPeer, target: string | undefined): unknown {
  peer.connection.client.move?.ask(target);
  const [message, ...rest] = peer.take();
  assert.deepEqual(rest, []);
  return message?.values;
}

Deno.test("a client is asked to connect anew by the URL that it came by (Enhanced RTMP v2)", () => {
  for (
    const [tcUrl, moveScheme, expected] of [
      ["rtmp://a.test/live?k=1", undefined, "rtmp://b.test:1936/live?k=1"],
      ["rtmps://a.test/live?k=1", undefined, "rtmps://b.test:1936/live?k=1"],
      ["rtmfp://a.test/live?k=1", "rtmfp", "rtmfp://b.test:1936/live?k=1"],
    ] as const
  ) {
    const options = moveScheme === undefined ? { redirectScheme: "rtmp" } : { moveScheme };
    const peer = peerWith({}, options);
    peer.connect({ app: "live?k=1", tcUrl });
    const status = { level: "status", code: "NetConnection.Connect.ReconnectRequest" };
    assert.deepEqual(asked(peer, "b.test:1936"), ["onStatus", 0, null, {
      ...status,
      description: "Please go to b.test:1936",
      tcUrl: expected,
    }]);
    assert.deepEqual(asked(peer, undefined), ["onStatus", 0, null, {
      ...status,
      description: "Please connect again",
    }]);
    const { move } = peer.connection.client;
    assert.equal(move?.port, moveScheme === "rtmfp" ? "RTMFP" : tcUrl.split(":")[0]!.toUpperCase());
    peer.connection.close();
    move?.ask("b.test:1936");
    assert.deepEqual(peer.take(), []);
  }
});

Deno.test("a client tells by capsEx that it connects anew, a movie in its URL", () => {
  for (
    const [app, capsEx, expected] of [
      ["live", 1, true],
      ["live", 15, true],
      ["live", 2, false],
      ["live", undefined, false],
      ["live?capsEx=1", undefined, true],
      ["live?capsEx=x", undefined, false],
      ["live", {}, false],
    ] as const
  ) {
    const peer = peerWith({}, { redirectScheme: "rtmp" });
    peer.connect({ app, tcUrl: `rtmp://a.test/${app}`, capsEx });
    assert.equal(peer.connection.client.move?.isAnnounced, expected, `${app} ${capsEx}`);
  }
});

Deno.test("a second connect is answered as the first when it is the same, and connects nobody", () => {
  let connections = 0;
  const peer = peerWith({
    onConnection: () => ({ id: ++connections }),
  });
  assert.deepEqual(peer.command(0, "createStream"), []);
  const [first] = peer.connect();
  const [again, ...rest] = peer.connect();
  assert.deepEqual(rest, []);
  assert.deepEqual(again?.values, ["_result", 3, ...(first?.values?.slice(2) ?? [])]);
  assert.deepEqual(peer.connect({ app: "other" })[0]?.values, ["_error", 4, null, {
    level: "error",
    code: "NetConnection.Connect.Rejected",
    description: "connected to /live already",
  }]);
  assert.equal(connections, 1);
  assert.equal(peer.greetings, 1);
});

Deno.test("a connection that ends is told to the application once, after its streams", () => {
  const events: string[] = [];
  const peer = peerWith({
    onUnpublish: (_client, { name }) => void events.push(`unpublish ${name}`),
    onUnsubscribe: (_client, { publication }) =>
      void events.push(`unsubscribe ${publication.name}`),
    onFailed: (_client, error) => void events.push(`failed ${error}`),
    onDisconnection: () => void events.push("disconnection"),
  });
  const [one, two] = [peer.ready(), peer.createStream()];
  peer.command(one, "publish", "a");
  peer.command(two, "play", "b");
  peer.take();
  const { writer } = peer.connection.client;
  peer.connection.close("reset by peer");
  peer.connection.close();
  assert.deepEqual(events, [
    "unpublish a",
    "unsubscribe b",
    "failed reset by peer",
    "disconnection",
  ]);
  assert.equal(writer.isClosed, true);
  writer.writeInvocation("late", new ValueReader([]));
  assert.deepEqual(peer.take(), []);
});

Deno.test("a server that stops tells its clients", () => {
  const peer = peerWith({});
  peer.connect();
  peer.connection.shutdown();
  const messages = peer.take();
  assert.deepEqual(statuses(messages), [[0, "NetConnection.Connect.AppShutdown"]]);
  assert.equal(messages[1]?.values?.[0], "close");
  assert.equal(peer.ended, true);
});

const tools = { app: "nosuch", flashVer: "FMLE/3.0 (compatible; Lavf59)" };
const withLive: Partial<Handler> = { hasApplication: (path) => path === "" || path === "/live" };

Deno.test("a tool at host/stream publishes that name in the root application", () => {
  const peer = peerWith(withLive);
  const id = peer.ready({ ...tools, app: "stream?key=1" });
  peer.command(id, "publish", "", "live");
  assert.equal(peer.connection.client.path, "");
  assert.equal(peer.hub.publication("stream")?.parameters.get("key"), "1");
});

Deno.test("a tool at host/app/instance/stream publishes instance/stream", () => {
  const peer = peerWith(withLive);
  const id = peer.ready({ ...tools, app: "live/room" });
  peer.command(id, "publish", "stream?key=1", "live");
  assert.equal(peer.connection.client.path, "/live");
  assert.equal(peer.hub.publication("room/stream")?.parameters.get("key"), "1");
});

Deno.test("a file type in the path of host/app/type:instance/stream is no part of the name", () => {
  const peer = peerWith(withLive);
  const id = peer.ready({ ...tools, app: "live/mp4:room" });
  peer.command(id, "publish", "film.mp4", "live");
  assert.ok(peer.hub.publication("room/film.mp4"));
});

for (
  const [app, key, name, parameters] of [
    ["live/room?key=v", "?vid=4", "room", { key: "v", vid: "4" }],
    ["live/room?key=v", "?key=w", "room", { key: "w" }],
    ["live/room?key=v", "", "room", { key: "v" }],
    ["live/room?", "user=alice&pass=s", "room", { user: "alice", pass: "s" }],
    ["stream?", "user=alice&pass=s", "stream", { user: "alice", pass: "s" }],
    ["live?", "x?user=alice", "x", { user: "alice" }],
    ["live?", "x", "x", {}],
    ["live", "x=1", "x=1", {}],
    ["live", " x?key=1 \r\n", "x", { key: "1" }],
  ] as const
) {
  Deno.test(`a tool at ${app} with the key ${JSON.stringify(key)} publishes ${name}`, () => {
    const peer = peerWith(withLive);
    const id = peer.ready({ ...tools, app, tcUrl: `rtmp://h/${app}` });
    peer.command(id, "publish", key, "live");
    const publication = peer.hub.publication(name);
    assert.deepEqual(Object.fromEntries(publication?.parameters ?? []), parameters);
    assert.ok(publication);
  });
}

Deno.test("a password that is pasted as the key of rtmp://host/live? becomes no stream's name", () => {
  const peer = peerWith(withLive);
  const id = peer.ready({ ...tools, app: "live?", tcUrl: "rtmp://h/live?" });
  const [answer] = peer.command(id, "publish", "user=alice&pass=s", "live");
  assert.equal(info(answer).description, "a stream needs a name");
  assert.deepEqual([...peer.hub.publications()], []);
});

for (const command of ["publish", "play"]) {
  Deno.test(`a tool that wants to ${command} in an application that does not exist is told and closed`, () => {
    const peer = peerWith(withLive);
    const id = peer.ready(tools);
    const [message, ...rest] = peer.command(id, command, "test");
    assert.deepEqual(rest, []);
    assert.equal(message?.stream, id);
    assert.equal(info(message).code, "NetConnection.Connect.InvalidApp");
    assert.equal(info(message).description, "Application /nosuch doesn't exist");
    assert.equal(peer.ended, true);
    assert.deepEqual([...peer.hub.publications()], []);
  });
}
