import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { encodeText } from "../../../src/bytes/mod.ts";
import { className, type Value, ValueReader } from "../../../src/codecs/mod.ts";
import type { TestServer } from "../support.ts";
import type { Row, Rows } from "./rows.ts";

const SEEN = "seen = {} local function note(...) seen[#seen + 1] = {...} end ";

/** What the script noted. */
function seen(server: TestServer): Value {
  return server.run("return seen")[0];
}

/** An event that refuses: by `false`, by an error with a text, by one without. */
function refusal(
  event: "onPublish" | "onSubscribe",
  code: string,
  otherwise: string,
  ask: (server: TestServer) => unknown,
): Row {
  return {
    main: `function onConnection(client) c = client end`,
    test: (server) => {
      const cases: [body: string, message: string][] = [
        ["return false", otherwise],
        [`error("no rights")`, "no rights"],
        [`error("")`, otherwise],
        ["local x = nil + 1", "attempt to perform arithmetic on a nil value"],
      ];
      for (const [body, message] of cases) {
        server.run(`function ${event}(client, subject) ${body} end`);
        throws(() => ask(server), { name: "Refusal", code, message });
      }
      server.run(`function ${event}() return true end`);
      server.run(`function c:${event}(subject) return false end`);
      throws(() => ask(server), { code, message: otherwise });
      server.run(`c.${event} = nil ${event} = function(client, s) subject = s end`);
      ask(server);
      deepEqual(server.run("return subject ~= nil"), [true]);
    },
  };
}

const SINK = { ready() {}, overrun() {}, status() {} };

/** Events of applications and clients, log macros, the language. */
export const eventRows: Rows = {
  "client.onMessage": {
    main: `function onConnection(client)
      if client.path == "" then function client:onMessage(...) return ... end end
    end`,
    test: (server) => {
      const client = server.connect();
      deepEqual(server.call(client, "", "raw", 5), ["raw", 5]);
      server.run("function onConnection() end");
      throws(() => server.call(server.connect(), "", 1), {
        message: "Method client 'onMessage' not found in application /",
      });
    },
  },
  "client.onRead": {
    main: `function onConnection(client)
      function client:onRead(file, parameters)
        if file == "secret" then error("not for you") end
        if file == "denied" then return false end
        if file == "own" then return nil end
        if file == "old" then return "new" end
        if file == "page" then return file, {name = "value", n = 5} end
        if file == "table" then return {name = "value"} end
        return file .. parameters.x
      end
    end`,
    test: (server) => {
      const client = server.connect();
      const read = (file: string) =>
        server.scripts.handler.onRead(client, file, new ValueReader([{ x: "1" }]));
      throws(() => read("secret"), { name: "Refusal", message: "not for you", reason: "denied" });
      throws(() => read("denied"), { message: "Not allowed to read denied" });
      deepEqual(read("own"), { kind: "handled" });
      deepEqual(read("old"), { kind: "file", file: "new" });
      deepEqual(read("a"), { kind: "file", file: "a1" });
      deepEqual(read("page"), {
        kind: "file",
        file: "page",
        values: new Map([["name", encodeText("value")], ["n", encodeText("5")]]),
      });
      const answer = read("table");
      ok(answer.kind === "file" && answer.file === "table" && answer.values?.size === 1);
      const other = server.connect("", [], { rawId: new Uint8Array(32) });
      server.run(`for _, c in pairs(mona.clients) do c.onRead = nil end`);
      deepEqual(server.scripts.handler.onRead(other, "f", new ValueReader([])), {
        kind: "file",
        file: "f",
      });
    },
  },
  "client.onPublish": {
    main: SEEN + `function onConnection(client)
      function client:onPublish(p) note("publish", self.id == client.id, p.name) end
      function client:onUnpublish(p) note("unpublish", p.name) end
      function client:onSubscribe(l) note("subscribe", l.publication.name, #l.publication.listeners) end
      function client:onUnsubscribe(l) note("unsubscribe", #l.publication.listeners) end
      function client:onJoinGroup(g) note("join", #g.id) end
      function client:onUnjoinGroup(g) note("unjoin", #g.id) end
    end`,
    test: (server) => {
      const client = server.connect();
      const publication = server.publish(client, "live");
      const listener = server.subscribe(client, "live");
      server.hub.unsubscribe(listener);
      server.hub.unpublish(publication);
      server.hub.unjoin(client, server.hub.join(client, new Uint8Array(32)));
      deepEqual(seen(server), [
        ["publish", true, "live"],
        ["subscribe", "live", 0],
        ["unsubscribe", 1],
        ["unpublish", "live"],
        ["join", 64],
        ["unjoin", 64],
      ]);
    },
  },
  "client.onAddressChanged": {
    main: SEEN + `function onConnection(client)
      function client:onAddressChanged(old) note(old, self.address) end
    end`,
    test: (server) => {
      const client = server.connect();
      client.address = "192.0.2.8:1";
      server.scripts.handler.onAddressChanged(client, "127.0.0.1:5000");
      deepEqual(seen(server), [["127.0.0.1:5000", "192.0.2.8:1"]]);
    },
  },
  "byteReader": externalRow(),
  "byteWriter": externalRow(),
  "event.onStart": {
    main: `function onStart(path) started = path end`,
    test: (server) => deepEqual(server.run("return started"), [""]),
  },
  "event.onStop": {
    main: `function onStop(path) NOTE("stop", path, ".") end`,
    test: (server) => {
      server.scripts.stop();
      ok(server.log.lines.includes("NOTE www/main.lua:1: stop."));
    },
  },
  "event.onConnection": {
    main: `function onConnection(client, login, extra)
      if login == "none" then error("") end
      if login ~= "Tom" then error("you are not Tom!") end
      return {message = "welcome", id = 1, extra = extra}
    end`,
    test: (server) => {
      const tom = server.connect("", ["Tom", [1, 2]]);
      deepEqual(server.answers.get(tom), { message: "welcome", id: 1, extra: [1, 2] });
      throws(() => server.connect("", ["Ben"]), {
        code: "Connect.Rejected",
        message: "you are not Tom!",
      });
      throws(() => server.connect("", ["none"]), { message: "client rejected" });
      deepEqual(server.run("return #mona.clients, #clients"), [1, 1]);
    },
  },
  "event.onDisconnection": {
    main: SEEN + `function onConnection(client) client.mine = 5 end
    function onDisconnection(client)
      client.writer:writeInvocation("late")
      note(client.mine, client.id, #clients)
    end`,
    test: (server) => {
      const client = server.connect();
      server.hub.disconnect(client);
      server.hub.disconnect(client);
      deepEqual(seen(server), [[5, client.id, 0]]);
      deepEqual(server.written(client), []);
    },
  },
  "event.onFailed": {
    main: SEEN + `function onFailed(client, error) note("failed", error) end
    function onDisconnection(client) note("gone") end
    function onConnection(client) function client:onFailed(error) note("own", error) end end`,
    test: (server) => {
      server.hub.disconnect(server.connect(), "timeout");
      deepEqual(seen(server), [["failed", "timeout"], ["own", "timeout"], ["gone"]]);
    },
  },
  "event.onJoinGroup": {
    main: SEEN + "function onJoinGroup(client, group) note(#group, group.id) end",
    test: (server) => {
      server.hub.join(server.connect(), new Uint8Array(32).fill(1));
      deepEqual(seen(server), [[1, "01".repeat(32)]]);
    },
  },
  "event.onUnjoinGroup": {
    main: SEEN + "function onUnjoinGroup(client, group) note(client.id, #group) end",
    test: (server) => {
      const client = server.connect();
      server.hub.join(client, new Uint8Array(32));
      server.hub.disconnect(client);
      deepEqual(seen(server), [[client.id, 0]]);
    },
  },
  "event.onPublish": refusal(
    "onPublish",
    "Publish.Failed",
    "Not allowed to publish live",
    (server) => server.publish([...server.hub.clients.values()][0] ?? server.connect(), "live"),
  ),
  "event.onUnpublish": {
    main: SEEN + "function onUnpublish(client, p) note(client.id, p.name, p.running) end",
    test: (server) => {
      const client = server.connect();
      server.hub.unpublish(server.publish(client, "live"));
      deepEqual(seen(server), [[client.id, "live", true]]);
    },
  },
  "event.onVideoPacket": packetRow("onVideoPacket", (publication) => {
    publication.video(70, Uint8Array.of(0x12, 0, 0xff));
    return [70, [0x12, 0, 0xff]];
  }),
  "event.onAudioPacket": packetRow("onAudioPacket", (publication) => {
    publication.audio(70, Uint8Array.of(0x22, 0, 0xff));
    return [70, [0x22, 0, 0xff]];
  }),
  "event.onDataPacket": packetRow("onDataPacket", (publication) => {
    publication.data("onText", Uint8Array.of(2, 0, 0), "amf0");
    return ["onText", [2, 0, 0]];
  }),
  "event.onSubscribe": refusal(
    "onSubscribe",
    "Play.Failed",
    "Not authorized to play live",
    (server) =>
      server.hub.subscribe(
        [...server.hub.clients.values()][0] ?? server.connect(),
        "live",
        SINK,
      ),
  ),
  "event.onUnsubscribe": {
    main: SEEN + `function onUnsubscribe(client, listener)
      note(client.id, listener.publication.name, listener.publication.listeners.count)
    end`,
    test: (server) => {
      const client = server.connect();
      server.hub.unsubscribe(server.subscribe(client, "live"));
      deepEqual(seen(server), [[client.id, "live", 1]]);
    },
  },
  "event.onTypedObject": {
    main: SEEN + `function onTypedObject(type, object) note(type, object.a) object.b = 2 end
    function onConnection(client, object) c = object end`,
    test: (server) => {
      server.connect("", [{ [className]: "Foo", a: 1 }]);
      deepEqual(seen(server), [["Foo", 1]]);
      deepEqual(server.run("return c.b, c.__type"), [2, "Foo"]);
    },
  },
  "event.onManage": {
    main: "count = 0 function onManage() count = count + 1 end",
    test: (server) => {
      server.pass();
      server.pass();
      deepEqual(server.run("return count"), [2]);
    },
  },
  "event.onRendezVousUnknown": {
    main: "",
    test: (server) => {
      const ask = (body: string) => {
        server.run(body);
        return server.scripts.handler.onRendezVousUnknown("RTMFP", new Uint8Array(32).fill(5));
      };
      equal(ask(""), undefined);
      deepEqual(ask(`function onRendezVousUnknown(id) return #id .. ":" .. id:byte() end`), [
        "32:5",
      ]);
      deepEqual(ask(`function onRendezVousUnknown() return "a:1", {"b:2", {"c:3"}} end`), [
        "a:1",
        "b:2",
        "c:3",
      ]);
      deepEqual(ask(`function onRendezVousUnknown(protocol, id) return protocol end`), ["RTMFP"]);
      equal(ask("function onRendezVousUnknown() end"), undefined);
      equal(ask("function onRendezVousUnknown() error('x') end"), undefined);
      match(server.log.lines.at(-1) ?? "", /^ERROR test\.lua:1: x/);
    },
  },
  "event.onHandshake": {
    main: `function onHandshake(address, path, properties, attempts)
      if attempts > 1 then return "again" end
      return properties.to, "again"
    end`,
    test: (server) => {
      const ask = (attempts: number) =>
        server.scripts.handler.onHandshake(
          "RTMFP",
          "1.2.3.4:5",
          "",
          new Map([["to", "b:2,c:3"]]),
          attempts,
        );
      deepEqual(ask(1), ["b:2", "c:3", "again"]);
      deepEqual(ask(2), ["again"]);
      server.run(`function onHandshake(protocol, address, path, properties, attempts)
        return protocol .. ":" .. attempts end`);
      deepEqual(ask(3), ["RTMFP:3"]);
    },
  },
  "log.macros": {
    main: "",
    test: (server) => {
      const levels = ["FATAL", "CRITIC", "ERROR", "WARN", "NOTE", "INFO", "DEBUG", "TRACE"];
      for (const level of levels) server.run(`${level}("a", 1, nil, true, {} ~= nil)`);
      deepEqual(
        server.log.lines.filter((line) => line.includes("test.lua")),
        levels.map((level) => `${level} test.lua:1: a1niltruetrue`),
      );
      server.run(`print("a", 1, nil)`);
      deepEqual(server.printed, ["a\t1\tnil"]);
    },
  },
  "lang.inherit": {
    main: "value = 1 function f() return value end",
    test: (server) => {
      server.write("child/main.lua", "value = 2");
      deepEqual(
        server.run(`local child = children("child")
        return child.f(), child.super == this, child.this == child, child.name, child.path`),
        [1, true, true, "child", "/child"],
      );
    },
  },
  "lang.include": {
    main: "count = 0",
    test: (server) => {
      server.write(
        "inc.lua",
        "count = count + 1 local name = ... return {owner = path, name = name}",
      );
      server.write("a/main.lua", "");
      server.write("a/own.lua", "return path, ...");
      const run = (code: string) => server.run(code, "/a");
      deepEqual(
        run(`local one, two = require("inc.lua"), require("inc")
        return one == two, one.owner, one.name, super.count`),
        [true, "", "inc.lua", 1],
      );
      deepEqual(run(`return dofile("inc.lua").owner, super.count, dofile("own.lua")`), [
        "",
        2,
        "/a",
      ]);
      deepEqual(run(`return type(loadfile("own.lua")), loadfile("none.lua")`), [
        "function",
        null,
        "test.lua:1: cannot open none.lua",
      ]);
      deepEqual(
        run(`local ok, message = pcall(require, "none") return ok, message`),
        [false, "module 'none' not found"],
      );
    },
  },
};

function packetRow(
  event: string,
  push: (publication: ReturnType<TestServer["publish"]>) => [unknown, number[]],
): Row {
  return {
    main: SEEN + `function ${event}(client, publication, key, packet)
      note(client.id, publication.name, key, {packet:byte(1, -1)})
    end`,
    test: (server) => {
      const client = server.connect();
      const publication = server.publish(client, "live");
      const expected = [client.id, "live", ...push(publication)];
      push(publication);
      deepEqual(seen(server), [expected, expected]);
      // A script's own publication raises none.
      const own = server.hub.publishFromScript("own");
      if (own) push(own);
      equal((seen(server) as Value[]).length, 2);
      server.run(`${event} = nil`);
      push(publication);
      deepEqual(Object.values(client.hooks), [false, false, false]);
    },
  };
}

/** A class that a script reads and writes itself, through every member of both objects. */
function externalRow(): Row {
  return {
    main: `
    meta = {}
    function meta.__writeExternal(self, writer)
      writer:writeBoolean(true) writer:writeByte(-2) writer:writeShort(-300)
      writer.endian = "littleEndian" writer:writeInt(-70000) writer.endian = "bigEndian"
      writer:writeUnsignedInt(4000000000) writer:writeFloat(0.5) writer:writeDouble(2.25)
      writer:writeUTF("text") writer:writeUTFBytes("abc") writer:writeMultiByte("é", "iso-8859-1")
      writer:writeBytes("0123\\0\\xff", 4) writer:writeAMF({a = 1}, "x") writer:writeByte(9)
    end
    function meta.__readExternal(self, reader)
      self.got = {
        reader.bytesAvailable > 40, reader:readBoolean(), reader:readByte(), reader:readShort(),
      }
      reader.endian = "littleEndian" self.got[5] = reader:readInt() reader.endian = "bigEndian"
      self.got[6] = reader:readUnsignedInt() self.got[7] = reader:readFloat()
      self.got[8] = reader:readDouble() self.got[9] = reader:readUTF()
      self.got[10] = reader:readUTFBytes(3) self.got[11] = reader:readMultiByte(1, "iso-8859-1")
      self.got[12] = #reader:readBytes(2)
      self.got[13], self.got[14] = reader:readAMF(2)
      self.got[15] = reader:readUnsignedByte() self.got[16] = reader.endian
    end
    function onTypedObject(type, object) if type == "Ext" then setmetatable(object, meta) end end`,
    test: (server) => {
      deepEqual(
        server.run(`local object = setmetatable({__type = "Ext"}, meta)
        local read, after = mona:fromAMF(mona:toAMF(object, "after"))
        return read.got, read.__type, after`),
        [
          [
            true,
            true,
            -2,
            -300,
            -70000,
            4000000000,
            0.5,
            2.25,
            "text",
            "abc",
            "é",
            2,
            { a: 1 },
            "x",
            9,
            "bigEndian",
          ],
          "Ext",
          "after",
        ],
      );
    },
  };
}
