import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { className, type Value } from "../../../src/codecs/mod.ts";
import type { TestServer } from "../support.ts";
import type { Row, Rows } from "./rows.ts";
import { SEEN, seen } from "./seen.ts";
import { decided } from "../../support/decided.ts";

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
        ["local x = nil + 1", "Application / failed"],
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

/** Events of applications. */
export const eventRows: Rows = {
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
      decided(server.hub.subscribe(
        [...server.hub.clients.values()][0] ?? server.connect(),
        "live",
        SINK,
      )),
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
        server.scripts.handler.onHandshake({
          protocol: "RTMFP",
          address: "1.2.3.4:5",
          path: "",
          properties: new Map([["to", "b:2,c:3"]]),
          attempts,
        });
      deepEqual(ask(1), ["b:2", "c:3", "again"]);
      deepEqual(ask(2), ["again"]);
      server.run(`function onHandshake(protocol, address, path, properties, attempts)
        return protocol .. ":" .. attempts end`);
      deepEqual(ask(3), ["RTMFP:3"]);
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
