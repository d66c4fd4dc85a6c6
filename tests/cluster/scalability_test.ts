import { deepEqual, equal, ok } from "node:assert/strict";
import type { MediaMessage } from "../../src/media/mod.ts";
import { until } from "./member.ts";
import { type Scripted, withServers } from "./scripted.ts";
import { decided } from "../support/decided.ts";

const KEY_FRAME = Uint8Array.of(0x17, 1, 0, 0, 0, 0xff, 0x00, 0x80);
const SOUND = Uint8Array.of(0xaf, 1, 7, 7);

/** Publications of one server are repeated on the others, for as long as they last. */
const SHARED_PUBLICATIONS = `
  local copies = {}
  function onServerConnection(server)
    function server:began(name) copies[name] = mona:publish(name) end
    function server:ended(name)
      if copies[name] then copies[name]:close() copies[name] = nil end
    end
    function server:audio(name, time, packet)
      if copies[name] then copies[name]:pushAudio(time, packet) copies[name]:flush() end
    end
    function server:video(name, time, packet)
      if copies[name] then copies[name]:pushVideo(time, packet) copies[name]:flush() end
    end
  end
  function onPublish(client, publication) mona.servers:broadcast("began", publication.name) end
  function onUnpublish(client, publication) mona.servers:broadcast("ended", publication.name) end
  function onAudioPacket(client, publication, time, packet)
    mona.servers:broadcast("audio", publication.name, time, packet)
  end
  function onVideoPacket(client, publication, time, packet)
    mona.servers:broadcast("video", publication.name, time, packet)
  end`;

/** A server with as many clients as it wants sends the next ones to another server. */
const OVERFLOW = `
  limit = 2
  function onHandshake(address, path, properties, attempts)
    local count = 0
    for _ in pairs(mona.clients) do count = count + 1 end
    if count >= limit then return mona.servers[1] end
  end`;

/** Peers of a group learn of its members on other servers. */
const SHARED_GROUPS = `
  local members = {}
  function onServerConnection(server)
    function server:join(peer, group) members[peer .. group] = mona.groups:join(peer, group) end
    function server:unjoin(peer, group)
      local member = members[peer .. group]
      if member then member:release() members[peer .. group] = nil end
    end
  end
  function onJoinGroup(client, group) mona.servers:broadcast("join", client.id, group.id) end
  function onUnjoinGroup(client, group) mona.servers:broadcast("unjoin", client.id, group.id) end`;

/** Each attempt goes to the next server; after the second, to all of them and here. */
const BALANCE = `
  local index = 0
  function onHandshake(address, path, properties, attempts)
    if attempts > 2 then return mona.servers, "again" end
    index = index % #mona.servers + 1
    return mona.servers[index]
  end`;

const RENDEZVOUS = "function onRendezVousUnknown(peerId) return mona.servers end";

function three(
  script: string,
  body: (a: Scripted, b: Scripted, c: Scripted) => Promise<void> | void,
) {
  return withServers([script, script, script], body);
}

/** What a listener gets from now on. */
function listen({ server }: Scripted, name: string): MediaMessage[] {
  const messages: MediaMessage[] = [];
  const client = server.connect();
  const listener = decided(server.hub.subscribe(client, name, {
    ready() {
      for (let next = listener.next(); next; next = listener.next()) messages.push(next);
    },
    overrun() {},
    status() {},
  }));
  return messages;
}

Deno.test("a publication on one of three servers plays on the two others, to its end", () =>
  three(SHARED_PUBLICATIONS, async (a, b, c) => {
    const players = [listen(b, "film"), listen(c, "film"), listen(a, "film")];
    const publication = a.server.publish(a.server.connect(), "film");
    publication.audio(10, SOUND);
    publication.video(20, KEY_FRAME);
    publication.flush();
    await until(() => players.every((messages) => messages.length >= 3));
    a.server.hub.unpublish(publication);
    await until(() => players.every((messages) => messages.at(-1)?.kind === "unpublished"));
    for (const messages of players) {
      deepEqual(messages.map(({ kind }) => kind), ["published", "audio", "video", "unpublished"]);
      deepEqual(messages[1]!.payload.slice(), SOUND);
      deepEqual(messages[2]!.payload.slice(), KEY_FRAME);
    }
    equal(b.server.hub.publication("film"), undefined);
  }));

Deno.test("a server that is full sends players to the next one, where the publication plays too", () =>
  three(SHARED_PUBLICATIONS + OVERFLOW, (_a, b) => {
    const ask = () =>
      b.server.scripts.handler.onHandshake({
        protocol: "RTMFP",
        address: "",
        path: "",
        properties: new Map(),
        attempts: 1,
      });
    b.server.connect();
    equal(ask(), undefined);
    b.server.connect();
    deepEqual(ask(), ["127.0.0.1:1935"]);
    const handshake = (portName?: string) =>
      b.server.scripts.handler.onHandshake({
        protocol: "RTMP",
        address: "",
        path: "",
        properties: new Map(),
        attempts: 1,
        portName,
      });
    deepEqual(handshake(), ["127.0.0.1:1945"]);
    deepEqual(handshake("RTMPS"), ["127.0.0.1:1955"]);
    equal(handshake("HTTPS"), undefined);
  }));

Deno.test("members of a group on three servers are virtual members on the others", () =>
  three(SHARED_GROUPS, async (a, b, c) => {
    const group = new Uint8Array(32).fill(7);
    const id = "07".repeat(32);
    const clients = [a, b, c].map(({ server }) => server.connect());
    const [first, second, third] = clients.map((client, index) => {
      [a, b, c][index]!.server.hub.join(client, group);
      return client.id;
    }) as [string, string, string];
    const others = (one: Scripted) =>
      [
        ...one.server.hub.groups.get(id)?.virtualMembers.keys() ?? [],
      ].sort();
    await until(() => [a, b, c].every((one) => others(one).length >= 2));
    deepEqual(others(a), [second, third].sort());
    deepEqual(others(b), [first, third].sort());
    a.server.hub.disconnect(clients[0]!);
    await until(() => others(b).length <= 1 && others(c).length <= 1);
    deepEqual(others(b), [third]);
    ok(a.server.hub.groups.get(id) !== undefined, "the others are still known there");
  }));

Deno.test("onHandshake spreads clients over the servers and may name all of them and itself", () =>
  three(BALANCE, (a) => {
    const ask = (attempts: number) =>
      a.server.scripts.handler.onHandshake({
        protocol: "RTMFP",
        address: "1.2.3.4:5",
        path: "",
        properties: new Map(),
        attempts,
      });
    deepEqual([ask(1), ask(1), ask(2)], [
      ["127.0.0.1:1936"],
      ["127.0.0.1:1937"],
      ["127.0.0.1:1936"],
    ]);
    deepEqual(ask(3), ["127.0.0.1:1936", "127.0.0.1:1937", "again"]);
  }));

Deno.test("a peer that is unknown here is looked for on all other servers", () =>
  three(RENDEZVOUS, (a) => {
    const found = a.server.scripts.handler.onRendezVousUnknown("RTMFP", new Uint8Array(32));
    deepEqual(found, ["127.0.0.1:1936", "127.0.0.1:1937"]);
  }));

Deno.test("redirections may be server objects, broadcasters and arrays of them", () =>
  three("", (a) => {
    const ask = (code: string) => {
      a.run(`function onRendezVousUnknown() return ${code} end`);
      return a.server.scripts.handler.onRendezVousUnknown("RTMFP", new Uint8Array(32));
    };
    deepEqual(ask("mona.servers[2]"), ["127.0.0.1:1937"]);
    deepEqual(ask("mona.servers.initiators"), ["127.0.0.1:1936", "127.0.0.1:1937"]);
    deepEqual(ask("mona.servers.targets"), undefined);
    deepEqual(ask("{mona.servers[2], '10.0.0.1:5'}, mona.servers(1)"), [
      "127.0.0.1:1937",
      "10.0.0.1:5",
      "127.0.0.1:1936",
    ]);
  }));
