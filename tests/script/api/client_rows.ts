import { deepEqual, equal, ok, throws } from "node:assert/strict";
import type { ClientInfo } from "../../../src/hub/mod.ts";
import type { TestServer } from "../support.ts";
import type { Row, Rows } from "./rows.ts";

const INFO: Partial<ClientInfo> = {
  protocol: "RTMFP",
  address: "192.0.2.9:4000",
  query: "arg1=value1",
  properties: new Map([["arg1", "value1"], ["n", "5"], ["flag", "true"], ["zip", "007"]]),
  flashVersion: "WIN 32,0,0,0",
  pageUrl: "http://host/page",
  swfUrl: "http://host/a.swf",
  rawId: new Uint8Array(32).fill(0xab),
};
const ID = "ab".repeat(32);

/** A read-only member of a client, and its value. */
function member(name: string, value: unknown): Row {
  return {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(
        server.run(`local ok, message = pcall(function() c.${name} = 1 end)
        return c.${name}, message:match(": (.*)")`),
        [value, `client.${name} is read-only`],
      );
    },
  };
}

/** A member whose name scripts may use for what is theirs, and its value. */
function yielding(name: string, value: unknown): Row {
  return {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(
        server.run(`local was = c.${name} c.${name} = {1}
        local own = c.${name} c.${name} = nil return was, own, c.${name}`),
        [value, [1], value],
      );
    },
  };
}

/** A call on the main writer and what reaches the client. */
function writes(code: string, ...written: unknown[][]): Row {
  return {
    main: "function onConnection(client) c = client w = client.writer end",
    test: (server) => {
      const client = server.connect();
      server.run(code);
      deepEqual(server.written(client), written);
    },
  };
}

function group(server: TestServer): string {
  server.hub.join(server.connect("", [], INFO), new Uint8Array(32).fill(0x22));
  return `mona.groups("${"22".repeat(32)}")`;
}

/** Clients, their writers, and groups. */
export const clientRows: Rows = {
  "clients.call": {
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(
        server.run(`local c = mona.clients("${ID}")
        return c.id, mona.clients(("\\xab"):rep(32)) == c, mona.clients("${ID.toUpperCase()}") == c,
          mona.clients("none")`),
        [ID, true, true, null],
      );
    },
  },
  "clients.pairs": {
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(
        server.run(`local found = {}
        for id, client in pairs(mona.clients) do found[#found + 1] = client.id == id end
        for id, client in ipairs(mona.clients) do found[#found + 1] = client.id == id end
        return found`),
        [[true, true]],
      );
    },
  },
  "clients.pairsMethod": {
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(server.run(`for id, c in cumulus.clients:pairs() do return id, c.address end`), [
        ID,
        "192.0.2.9:4000",
      ]);
    },
  },
  "clients.len": {
    test: (server) => {
      const client = server.connect();
      server.connect();
      deepEqual(server.run("return #mona.clients, #clients"), [2, 2]);
      server.hub.disconnect(client);
      deepEqual(server.run("return #mona.clients, #clients"), [1, 1]);
    },
  },
  "clients.count": {
    test: (server) => {
      server.connect();
      deepEqual(server.run("return cumulus.clients.count"), [1]);
    },
  },
  "clients.broadcast": {
    test: (server) => {
      const [one, two] = [server.connect(), server.connect()];
      deepEqual(server.run(`return mona.clients:broadcast("f", 1, { a = true })`), [2]);
      server.hub.disconnect(two);
      deepEqual(server.run(`return clients:broadcast("g")`), [1]);
      equal(
        server.run("return pcall(mona.clients.broadcast, mona.clients)")[1],
        "bad argument #1 to 'broadcast' (string expected, got no value)",
      );
      const first = ["invocation", "f", 1, { a: true }];
      deepEqual(server.writers.get(one)!.written, [first, ["invocation", "g"]]);
      deepEqual(server.writers.get(two)!.written, [first]);
    },
  },
  "client.id": member("id", ID),
  "client.rawId": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(server.run(`return #c.rawId, c.rawId == ("\\xab"):rep(32)`), [32, true]);
    },
  },
  "client.address": member("address", "192.0.2.9:4000"),
  "client.flashVersion": member("flashVersion", "WIN 32,0,0,0"),
  "client.pageUrl": member("pageUrl", "http://host/page"),
  "client.swfUrl": member("swfUrl", "http://host/a.swf"),
  "client.user": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      const client = server.connect("", [], { properties: new Map([["user", "guest"]]) });
      deepEqual(server.run("return c.user"), ["guest"]);
      client.user = "";
      deepEqual(server.run("return c.user"), [null]);
      client.user = "ann";
      deepEqual(server.run("return c.user"), ["ann"]);
    },
  },
  "client.claims": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      const client = server.connect("", [], { properties: new Map([["claims", "mine"]]) });
      deepEqual(server.run("return c.claims"), ["mine"]);
      client.claims = { sub: "ann", play: ["a/*"], exp: 1 };
      deepEqual(server.run("return c.claims.sub, c.claims.play[1], c.claims.exp"), [
        "ann",
        "a/*",
        1,
      ]);
    },
  },
  "client.path": member("path", ""),
  "client.ping": member("ping", 0),
  "client.elapsedFromReception": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      server.connect();
      server.clock.advance(700);
      deepEqual(server.run("return c.elapsedFromReception"), [700]);
    },
  },
  "client.writer": {
    main: "function onConnection(client) c = client w = client.writer end",
    test: (server) => {
      const client = server.connect();
      deepEqual(server.run("return c.writer == w"), [true]);
      server.hub.disconnect(client);
      server.run(`c.writer:writeInvocation("late") w:flush() w:close() w.reliable = false`);
      deepEqual(server.written(client), []);
    },
  },
  "client.dynamic": {
    main: "function onConnection(client) c = client client.mine = {1} end",
    test: (server) => {
      server.connect("", [], INFO);
      deepEqual(
        server.run("return c.arg1, c.arg2, c.mine, c.n, c.flag, c.zip, c.n + 1"),
        ["value1", null, [1], 5, true, "007", 6],
      );
    },
  },
  "client.rpc": {
    main: `function onConnection(client)
      function client:test(a, b) return a + b, self.id end
      function client:fails() error("text") end
    end`,
    test: (server) => {
      const client = server.connect("", [], INFO);
      deepEqual(server.call(client, "test", 1, 2), [3, ID]);
      throws(() => server.call(client, "none"), {
        code: "Call.Failed",
        message: "Method client 'none' not found in application /",
        reason: "missing",
      });
      throws(() => server.call(client, "fails"), {
        code: "Call.Failed",
        message: "text",
      });
      ok(server.scripts.handler.hasMethod(client, "test"));
      equal(server.scripts.handler.hasMethod(client, "none"), false);
    },
  },
  "client.onManage": {
    main: `count = 0
    function onConnection(client) function client:onManage() count = count + 1 end c = client end`,
    test: (server) => {
      const client = server.connect();
      server.pass();
      server.pass();
      deepEqual(server.run("return count"), [2]);
      server.run("c.onManage = nil");
      server.pass();
      server.run("c.onManage = function() count = count + 10 end");
      server.pass();
      deepEqual(server.run("return count"), [12]);
      throws(() => server.call(client, "onManage"), { code: "Call.Failed", reason: "missing" });
      server.hub.disconnect(client);
      server.pass();
      deepEqual(server.run("return count"), [12]);
    },
  },
  "client.protocol": yielding("protocol", "RTMFP"),
  "client.query": yielding("query", "arg1=value1"),
  "client.properties": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      const client = server.connect("", [], INFO);
      deepEqual(
        server.run(`local all = {} for k, v in pairs(c.properties) do all[k] = v end
        return all, c.properties.arg1, c.properties("a", "b")`),
        [{ arg1: "value1", n: 5, flag: true, zip: "007" }, "value1", null],
      );
      const set: unknown[] = [];
      client.setProperty = (key, value, options) => {
        set.push([key, value, ...[...options].sort()]);
        return key !== "";
      };
      deepEqual(
        server.run(`return c.properties("k", "30", {path = "/", secure = true, expires = 10}),
        c.properties.k, c.properties("", "v"), c.properties({})`),
        ["30", 30, null, null],
      );
      deepEqual(
        server.run(`local late = {__time = 0}
        return c.properties("n", 30, {expires = late, key = "n", more = {}}), c.n,
          c.properties("b", true), c.b, c.properties("t", {}), c.t, c.properties()`),
        [30, 30, true, true, null, null, null],
      );
      deepEqual(set, [
        ["k", "30", ["expires", "10"], ["path", "/"], ["secure", "true"]],
        ["", "v"],
        ["n", "30", ["expires", "Thu, 01 Jan 1970 00:00:00 GMT"], ["key", "n"]],
        ["b", "true"],
      ]);
      deepEqual(
        server.run(`c.properties = {mine = 1} local own = c.properties.mine c.properties = nil
        return own, c.properties.arg1`),
        [1, "value1"],
      );
    },
  },
  "client.parameters": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      server.connect().parameters.set("timeout", "7");
      deepEqual(
        server.run(`local all = {} for k, v in pairs(c.parameters) do all[k] = v end
        return all, c.parameters.timeout, #c.parameters`),
        [{ timeout: 7 }, 7, 1],
      );
    },
  },
  "client.lastReceptionTime": {
    main: "function onConnection(client) c = client end",
    test: (server) => {
      server.connect();
      deepEqual(server.run("return c.lastReceptionTime"), [server.clock.epoch()]);
    },
  },
  "writer.reliable": {
    main: "function onConnection(client) w = client.writer end",
    test: (server) => {
      const client = server.connect();
      deepEqual(server.run("local was = w.reliable w.reliable = false return was, w.reliable"), [
        true,
        false,
      ]);
      equal(server.writers.get(client)?.reliable, false);
    },
  },
  "writer.writeRaw": writes(`w:writeRaw("raw", "er")`, ["raw", "rawer"]),
  "writer.writeMessage": writes(`w:writeMessage(1, {a = 2})`, ["message", 1, { a: 2 }]),
  "writer.writeInvocation": writes(
    `w:writeInvocation("f", 1, nil, "x") w.writeInvocation("g")`,
    ["invocation", "f", 1, null, "x"],
    ["invocation", "g"],
  ),
  "writer.writeAMFResult": writes(`w:writeAMFResult("r")`, ["message", "r"]),
  "writer.writeAMFMessage": writes(`w:writeAMFMessage("f", 2)`, ["invocation", "f", 2]),
  "writer.writeStatusResponse": writes(
    `w:writeStatusResponse("Call.Failed", "why") w:writeStatusResponse("X")`,
    ["status", "Call.Failed", "why"],
    ["status", "X", ""],
  ),
  "writer.flush": writes("w:flush() w:flush(false)", ["flush", true], ["flush", false]),
  "writer.newFlowWriter": {
    main: "function onConnection(client) w = client.writer end",
    test: (server) => {
      const client = server.connect();
      server.run(`n = w:newFlowWriter() n:writeInvocation("f") w:newWriter()`);
      deepEqual(server.writers.get(client)?.pipes.map((pipe) => pipe.written), [
        [["invocation", "f"]],
        [],
      ]);
    },
  },
  "writer.close": {
    main: `function onConnection(client) w = client.writer end
    function onDisconnection(client) gone = client.id end`,
    test: (server) => {
      const client = server.connect("", [], INFO);
      server.run("n = w:newFlowWriter() n:close()");
      ok(client.isConnected);
      server.run("w:close()");
      equal(client.isConnected, false);
      deepEqual(server.run("return gone"), [ID]);
    },
  },
  "writer.onManage": {
    main: `count = 0
    function onConnection(client)
      n = client.writer:newFlowWriter()
      function n:onManage() count = count + 1 self:writeInvocation("tick") end
      function client.writer:onManage() count = count + 100 end
    end`,
    test: (server) => {
      const client = server.connect();
      server.pass();
      deepEqual(server.run("return count"), [1]);
      server.run("n:close()");
      server.pass();
      deepEqual(server.run("return count"), [1]);
      server.hub.disconnect(client);
      server.pass();
    },
  },
  "group.id": {
    test: (server) => deepEqual(server.run(`return ${group(server)}.id`), ["22".repeat(32)]),
  },
  "group.rawId": {
    test: (server) =>
      deepEqual(server.run(`return ${group(server)}.rawId == ("\\x22"):rep(32)`), [true]),
  },
  "group.iterate": {
    test: (server) =>
      deepEqual(
        server.run(`local found = {} local group = ${group(server)}
        for i, client in ipairs(group) do found[i] = client.id end
        for i, client in pairs(group) do found[#found + 1] = client.id end return found, #group`),
        [[ID, ID], 1],
      ),
  },
  "group.ipairsMethod": {
    test: (server) =>
      deepEqual(
        server.run(`for i, client in ${group(server)}:ipairs() do return i, client.id end`),
        [1, ID],
      ),
  },
  "group.size": {
    test: (server) => {
      const here = group(server);
      deepEqual(server.run(`local g = ${here} return g.size, g:size(), g.size == #g`), [
        1,
        1,
        true,
      ]);
      for (const call of ["local n = 1 n()", "local t = { size = 1 } t:size()"]) {
        deepEqual(server.run(`return pcall(load([[${call}]], "@x.lua"))`), [
          false,
          "x.lua:1: attempt to call a number value",
        ]);
      }
    },
  },
  "group.broadcast": {
    test: (server) => {
      const stranger = server.connect();
      const here = group(server);
      deepEqual(server.run(`return ${here}:broadcast("f", "x")`), [1]);
      const [member] = [...server.hub.groups.values()][0]!.clients;
      deepEqual(server.writers.get(member!)!.written, [["invocation", "f", "x"]]);
      deepEqual(server.writers.get(stranger)!.written, []);
    },
  },
};
