import { decided } from "../../support/decided.ts";
import { deepEqual, ok, throws } from "node:assert/strict";
import { encodeText } from "../../../src/bytes/mod.ts";
import { ValueReader } from "../../../src/codecs/mod.ts";
import type { Rows } from "./rows.ts";
import { SEEN, seen } from "./seen.ts";

/** Events that scripts assign to a client. */
export const clientEventRows: Rows = {
  "client.onMessage": {
    main: `function onConnection(client)
      if client.path == "" then function client:onMessage(...) return ... end end
    end`,
    test: (server) => {
      const client = server.connect();
      deepEqual(server.call(client, "", "raw", 5), ["raw", 5]);
      deepEqual(server.call(client, "onMessage", "named"), ["named"]);
      ok(server.scripts.handler.hasMethod(client, "onMessage"));
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
        decided(server.hub.questions.read({
          client,
          file,
          parameters: new ValueReader([{ x: "1" }]),
          during: (run) => run(),
        }));
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
      deepEqual(
        server.scripts.handler.onRead({
          client: other,
          file: "f",
          parameters: new ValueReader([]),
          during: (run) => run(),
        }),
        {
          kind: "file",
          file: "f",
        },
      );
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
      server.hub.members.unjoin(client, server.hub.join(client, new Uint8Array(32)));
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
};
