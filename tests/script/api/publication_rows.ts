import { deepEqual, equal, ok } from "node:assert/strict";
import { encodeText } from "../../../src/bytes/mod.ts";
import { Amf0Reader, Amf0Writer, readValues, writeValues } from "../../../src/codecs/mod.ts";
import type { Listener, Publication } from "../../../src/hub/mod.ts";
import type { MediaMessage } from "../../../src/media/mod.ts";
import { plain, type TestServer } from "../support.ts";
import type { Row, Rows } from "./rows.ts";
import { decided } from "../../support/decided.ts";

const MAIN = `function onPublish(client, publication) p = publication end
function onSubscribe(client, listener) l = listener end`;

/** What a listener would be sent: `[kind, time or name, bytes]`. */
function taken(listener: Listener): unknown[][] {
  const found: unknown[][] = [];
  for (let next = listener.next(); next; next = listener.next()) found.push(shown(next));
  return found.filter(([kind]) => kind !== "published" && kind !== "unpublished");
}

function shown({ kind, time, name, payload, format }: MediaMessage): unknown[] {
  return kind === "data" ? [kind, name, [...payload], format] : [kind, time, [...payload]];
}

function live(server: TestServer): [Publication, Listener] {
  const publication = server.publish(server.connect(), "live");
  return [publication, server.subscribe(server.connect(), "live")];
}

/** A row about a member of `p` or `l` that is only read. */
function member(
  of: "publication" | "listener",
  name: string,
  code: string,
  ...values: unknown[]
): Row {
  return {
    main: MAIN,
    test: (server) => {
      live(server);
      deepEqual(server.run(`return ${code}`), values);
      deepEqual(
        server.run(`local ok, message = pcall(function() ${of[0]}.${name} = 1 end)
        return ok, message:match(": (.*)")`),
        [false, `${of}.${name} is read-only`],
      );
    },
  };
}

/** A row about a switch of a listener. */
function access(
  name: "audioSampleAccess" | "videoSampleAccess" | "receiveAudio" | "receiveVideo",
): Row {
  return {
    main: MAIN,
    test: (server) => {
      const [, listener] = live(server);
      deepEqual(server.run(`local was = l.${name} l.${name} = false return was, l.${name}`), [
        true,
        false,
      ]);
      equal(listener[name], false);
    },
  };
}

function quality(name: string, value: number): Row {
  return {
    main: MAIN,
    test: (server) => {
      const [publication, listener] = live(server);
      publication.videoQos.droppedFrames = 4;
      publication.videoQos.latency = 20;
      publication.videoQos.congestionRate = -0.5;
      publication.video(0, new Uint8Array(1000), 1);
      server.clock.advance(2000);
      server.hub.sample();
      ok(listener);
      deepEqual(
        server.run(`local qos = p.videoQOS
        local ok, message = pcall(function() qos.${name} = 1 end)
        return qos.${name}, qos == p.videoQOS, message:match(": (.*)")`),
        [value, true, `QualityOfService.${name} is read-only`],
      );
    },
  };
}

/** Publications, listeners and their quality of service. */
export const publicationRows: Rows = {
  "qos.byteRate": quality("byteRate", 500),
  "qos.lostRate": quality("lostRate", 0.5),
  "qos.congestionRate": quality("congestionRate", -0.5),
  "qos.latency": quality("latency", 20),
  "qos.droppedFrames": quality("droppedFrames", 4),
  "publications.call": member(
    "publication",
    "name",
    `mona.publications("live") == p, mona.publications("none")`,
    true,
    null,
  ),
  "publications.pairs": {
    main: MAIN,
    test: (server) => {
      live(server);
      deepEqual(
        server.run(`local found = {}
        for name, publication in pairs(mona.publications) do found[name] = publication == p end
        for name in ipairs(mona.publications) do found[#found + 1] = name end return found`)[0],
        new Map<unknown, unknown>([["live", true], [0, "live"]]),
      );
    },
  },
  "publications.pairsMethod": {
    main: MAIN,
    test: (server) => {
      live(server);
      deepEqual(
        server.run(`for name, publication in cumulus.publications:pairs() do
          return name, publication == p end`),
        ["live", true],
      );
    },
  },
  "publications.len": {
    main: MAIN,
    test: (server) => {
      server.subscribe(server.connect(), "waited for");
      deepEqual(server.run("return #mona.publications"), [0]);
      live(server);
      deepEqual(server.run("return #mona.publications"), [1]);
    },
  },
  "publications.count": {
    main: MAIN,
    test: (server) => {
      live(server);
      deepEqual(server.run("return cumulus.publications.count"), [1]);
    },
  },
  "publication.name": member("publication", "name", "p.name", "live"),
  "publication.publisherId": {
    main: MAIN,
    test: (server) => {
      const [publication] = live(server);
      deepEqual(server.run("return p.publisherId"), [publication.publisher?.id]);
    },
  },
  "publication.listeners": member(
    "publication",
    "listeners",
    "p.listeners == p.listeners, #p.listeners",
    true,
    1,
  ),
  "publication.audioQOS": member("publication", "audioQOS", "p.audioQOS == p.audioQOS", true),
  "publication.videoQOS": member("publication", "videoQOS", "p.videoQOS == p.audioQOS", false),
  "publication.pushAudioPacket": {
    test: (server) => {
      const listener = server.subscribe(server.connect(), "s");
      server.run(`s = mona:publish("s") s:pushAudioPacket(10, "\\x22\\0\\xff") s:flush()
        s:pushAudio(20, "xx\\x22a", 2, 3) s:flush()`);
      deepEqual(taken(listener), [["audio", 10, [0x22, 0, 0xff]], ["audio", 20, [0x22, 0x61]]]);
      server.clock.advance(2000);
      deepEqual(server.run("return s.audioQOS.lostRate"), [0.6]);
    },
  },
  "publication.pushVideoPacket": {
    test: (server) => {
      const listener = server.subscribe(server.connect(), "s");
      server.run(`s = mona:publish("s") s:pushVideoPacket(10, "\\x12key")
        s:pushVideo(20, "..\\x22p", 2) s:flush()`);
      deepEqual(taken(listener), [
        ["video", 10, [0x12, 0x6b, 0x65, 0x79]],
        ["video", 20, [0x22, 0x70]],
      ]);
    },
  },
  "publication.pushDataPacket": {
    test: (server) => {
      const listener = server.subscribe(server.connect(), "s");
      server.run(`s = mona:publish("s") s:pushDataPacket("onText", "xhi", 1)
        s:pushData("onAMF", mona:toAMF0("a")) s:flush()`);
      deepEqual(taken(listener), [
        ["data", "onText", [0x68, 0x69], "raw"],
        ["data", "onAMF", [2, 0, 1, 0x61], "amf0"],
      ]);
    },
  },
  "publication.flush": {
    test: (server) => {
      let ready = 0;
      const sink = { ready: () => void ready++, overrun() {}, status() {} };
      const listener = decided(server.hub.subscribe(server.connect(), "s", sink));
      server.run(`s = mona:publish("s")`);
      taken(listener);
      ready = 0;
      server.run(`s:pushAudioPacket(1, "\\x22") s:pushAudioPacket(2, "\\x22")`);
      equal(ready, 0);
      deepEqual(taken(listener), []);
      server.run("s:flush()");
      equal(ready, 1);
      deepEqual(taken(listener).map(([, time]) => time), [1, 2]);
      server.run(`s:pushAudioPacket(3, "\\x22") s:pushData("late", "x")`);
      deepEqual(taken(listener), []);
      server.pass();
      deepEqual(taken(listener).map(([, time]) => time), [3, "late"]);
      deepEqual(server.run(`s:pushAudioPacket(4, "\\x22") return s.lastTime`), [4]);
      server.run("s:close()");
      deepEqual(taken(listener).map(([, time]) => time), [4]);
    },
  },
  "publication.close": {
    main: MAIN,
    test: (server) => {
      live(server);
      server.run(`p:close("Publish.Error", "error message")`);
      deepEqual(server.closed, [["live", "Publish.Error", "error message"]]);
      server.run("p:close()");
      deepEqual(server.closed[1], ["live", undefined, ""]);
      deepEqual(
        server.run(`s = mona:publish("s") s.mine = 1 s:close() s:pushAudioPacket(1, "x")
        return s.running, s.mine, mona.publications("s"), mona:publish("s") ~= s`),
        [false, 1, null, true],
      );
    },
  },
  "publication.later": {
    main: MAIN,
    test: (server) => {
      const [publication, listener] = live(server);
      taken(listener);
      publication.audio(50, Uint8Array.of(0x22));
      deepEqual(
        server.run(`local before = p.properties
        p:writeProperties({width = 320})
        local set = p.properties
        p:pushAMFData("f", {a = 1}) p:pushAMF0Data("g", {a = 1}) p:pushJSONData("h", {a = 1})
        p:pushXMLRPCData("i", 1) p:flush()
        return p.lastTime, p.droppedFrames, p.dataQOS == p.dataQOS, p.running, before, set`),
        [50, 0, true, true, null, { width: 320 }],
      );
      const data = taken(listener).filter(([kind]) => kind === "data") as [
        string,
        string,
        number[],
        string,
      ][];
      deepEqual(data.map(([, name, , format]) => [name, format]), [
        ["onMetaData", "amf0"],
        ["f", "amf0"],
        ["g", "amf0"],
        ["h", "json"],
        ["i", "raw"],
      ]);
      const amf = data.slice(0, 3).map(([, , bytes]) =>
        readValues(new Amf0Reader(Uint8Array.from(bytes))).map(plain)
      );
      deepEqual(amf, [[{ width: 320 }], [{ a: 1 }], [{ a: 1 }]]);
      equal(String.fromCharCode(...data[3]?.[2] ?? []), `[{"a":1}]`);
      deepEqual(server.run("p:clearProperties() return p.properties"), [null]);
    },
  },
  "publication.onAudio": {
    main: `seen = {}
    local function note(...) seen[#seen + 1] = {...} end
    function onPublish(client, p)
      function p:onAudio(time, packet) note("audio", self == p, time, packet) end
      function p:onVideo(time, packet) note("video", time, #packet) end
      function p:onData(name, packet) note("data", name, packet) end
      function p:onFlush() note("flush") end
      function p:onProperties() note("properties", self.properties.a) end
    end`,
    test: (server) => {
      const publication = server.publish(server.connect(), "live");
      publication.audio(5, encodeText("\x22a"));
      publication.video(6, new Uint8Array(1200));
      publication.data("onX", encodeText("d"), "raw");
      const writer = new Amf0Writer();
      writeValues(writer, { a: 1 });
      publication.setMetadata("onMetaData", writer.take(), "amf0");
      publication.flush();
      deepEqual(server.run("return seen"), [[
        ["flush"],
        ["audio", true, 5, "\x22a"],
        ["video", 6, 1200],
        ["data", "onX", "d"],
        ["properties", 1],
        ["flush"],
      ]]);
      server.hub.unpublish(publication);
      deepEqual(Object.values(publication.hooks), [false, false, false, false, false]);
    },
  },
  "listeners.iterate": {
    main: MAIN,
    test: (server) => {
      live(server);
      deepEqual(
        server.run(`local found = {}
        for i, listener in ipairs(p.listeners) do found[i] = listener == l end
        for i, listener in pairs(p.listeners) do found[#found + 1] = listener == l end
        return found`),
        [[true, true]],
      );
    },
  },
  "listeners.ipairsMethod": {
    main: MAIN,
    test: (server) => {
      live(server);
      deepEqual(
        server.run("for i, listener in p.listeners:ipairs() do return i, listener == l end"),
        [1, true],
      );
    },
  },
  "listeners.len": member("publication", "name", "#p.listeners", 1),
  "listeners.count": member("publication", "name", "p.listeners.count", 1),
  "listener.id": {
    main: MAIN,
    test: (server) => {
      const [, listener] = live(server);
      deepEqual(server.run("return l.id"), [listener.id]);
    },
  },
  "listener.audioQOS": member("listener", "audioQOS", "l.audioQOS == l.audioQOS", true),
  "listener.videoQOS": member("listener", "videoQOS", "l.videoQOS ~= p.videoQOS", true),
  "listener.publication": member("listener", "publication", "l.publication == p", true),
  "listener.audioSampleAccess": access("audioSampleAccess"),
  "listener.videoSampleAccess": access("videoSampleAccess"),
  "listener.receiveAudio": access("receiveAudio"),
  "listener.receiveVideo": access("receiveVideo"),
  "listener.later": {
    main: MAIN,
    test: (server) => {
      server.publish(server.connect(), "live");
      const client = server.connect();
      decided(server.hub.subscribe(
        client,
        "live",
        { ready() {}, overrun() {}, status() {} },
        new Map([["key", "1"]]),
      ));
      deepEqual(server.run("return l.client.id, l.dataQOS == l.dataQOS, l.parameters.key"), [
        client.id,
        true,
        "1",
      ]);
    },
  },
};
