import { deepEqual, equal, match } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readValues, ValueReader } from "../../../src/codecs/mod.ts";
import type { CallAnswer } from "../../../src/hub/mod.ts";
import { settled } from "../../support/decided.ts";
import { ask } from "../waiting/ask.ts";
import { plain, TestServer } from "../support.ts";
import type { Rows, RowTests } from "./rows.ts";

/** Runs `f` of a client and what it waits for, for `milliseconds`. */
const method = (body: string) =>
  `function onConnection(client) function client:f() ${body} end end`;

const global = (server: TestServer, name: string) => server.run(`return ${name}`)[0];

/** Time, and what scripts wait for. */
export const waitingRows: Rows = {
  "mona.wait": {
    main: method("mona:wait(20) done = true"),
    test: (server) => {
      const asked = ask(server, server.connect(), "f");
      server.clock.advance(19);
      deepEqual([asked.outcome, global(server, "done")], ["waits", null]);
      server.clock.advance(1);
      equal(global(server, "done"), true);
    },
  },
  "mona.timer": {
    main: "count = 0 mona:timer(50, function(timer) count = count + 1 self = timer end)",
    test: (server) => {
      server.clock.advance(49);
      equal(global(server, "count"), 0);
      server.clock.advance(500);
      deepEqual(server.run("self:cancel() return count"), [1]);
    },
  },
  "mona.every": {
    main: `count = 0 mona:every(50, function(timer)
      count = count + 1
      mona:wait(60)
    end)`,
    test: (server) => {
      // The second and fourth call are due while the one before still waits.
      server.clock.advance(220);
      equal(global(server, "count"), 2);
    },
  },
  "timer.cancel": {
    main: `count = 0
      a = mona:every(10, function(timer) count = count + 1 if count == 3 then timer:cancel() end end)
      b = mona:timer(10, function() count = 100 end)
      b:cancel() b:cancel()`,
    test: (server) => {
      server.clock.advance(1000);
      equal(global(server, "count"), 3);
    },
  },
  "mona.hmac": {
    test: (server) => {
      const hex = (hash: string) => createHmac(hash, "key").update("data").digest("hex");
      const hexed =
        `local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end `;
      deepEqual(
        server.run(
          `${hexed} return hex(mona:hmac("key", "data")), hex(mona:hmac("key", "data", "SHA512")),
          hex(mona:hmac("key", "data", "sha1")), hex(mona:hmac("key", "data", "md5"))`,
        ),
        ["sha256", "sha512", "sha1", "md5"].map(hex),
      );
      match(
        String(server.run(`return select(2, pcall(mona.hmac, mona, "k", "d", "rot13"))`)[0]),
        /one of sha256, sha512, sha1, md5 expected/,
      );
    },
  },
  "mona.base64": {
    test: (server) =>
      deepEqual(
        server.run(
          `return mona:base64("\\255\\254a"), mona:base64("\\255\\254", "url"), mona:base64("")`,
        ),
        [
          "//5h",
          "__4",
          "",
        ],
      ),
  },
  "mona.fromBase64": {
    test: (server) =>
      deepEqual(
        server.run(
          `local bytes = mona:fromBase64("__4") return #bytes, bytes:byte(1), mona:fromBase64("//4="),
          mona:fromBase64("*") == nil`,
        ).map((value, index) => index === 2 ? undefined : value),
        [2, 255, undefined, true],
      ),
  },
  "mona.random": {
    test: (server) =>
      deepEqual(
        server.run(`return #mona:random(16), mona:random(16) == mona:random(16), #mona:random(0),
        pcall(mona.random, mona, 65537)`).slice(0, 4),
        [16, false, 0, false],
      ),
  },
};

/** Rows that take a promise's time. */
export const waitingTests: RowTests = {
  "client.call": async () => {
    using server = new TestServer(method("return self:call('ask', 1, { a = 2 })"));
    const client = server.connect();
    const asked = () => ask(server, client, "f");
    deepEqual(asked().outcome, [null, "RTMP has no such calls"]);
    const sent: unknown[] = [];
    const answers: CallAnswer[] = [];
    client.call = (name, args) => {
      sent.push([name, ...readValues(args).map(plain)]);
      return (answer) => {
        answers.push(answer);
        return () => sent.push("given up");
      };
    };
    const [result, failure, left] = [asked(), asked(), asked()];
    answers[0]!.result(new ValueReader(["yes", [3]]));
    answers[1]!.failed("no");
    await settled();
    server.hub.disconnect(client);
    await settled();
    deepEqual([result.outcome, failure.outcome, left.outcome], [
      ...[["yes", [3]], [null, "no"], "the client is gone"],
    ]);
    const call = ["ask", 1, { a: 2 }];
    deepEqual(sent, [call, call, call, "given up"]);
  },
  "client.reconnect": () => {
    using server = new TestServer(method(`
      local at = {pcall(self.reconnect, self, {})}
      return self:reconnect("b.test:1935"), self:reconnect(), self:reconnect("again"),
        self:reconnect({"[::1]:5", "c:6"}), at[1], at[2], at[3]`));
    const client = server.connect();
    const no = "RTMP has no such request";
    deepEqual(ask(server, client, "f").outcome, [null, null, null, null, true, null, no]);
    const asked: unknown[] = [];
    client.move = { port: "RTMP", isAnnounced: true, ask: (target) => void asked.push(target) };
    deepEqual(ask(server, client, "f").outcome, [
      ...[true, true, true, true, true, null, "that is no server with RTMP"],
    ]);
    deepEqual(asked, ["b.test:1935", undefined, undefined, "[::1]:5"]);
  },
  "mona.verifyJWT": async () => {
    using server = new TestServer(method(`
      local head = mona:base64('{"alg":"HS256"}', "url")
      local function token(claims, key)
        local signed = head .. "." .. mona:base64(mona:toJSON(claims):sub(2, -2), "url")
        return signed .. "." .. mona:base64(mona:hmac(key, signed), "url")
      end
      local now = mona:time() // 1000
      local claims = mona:verifyJWT(token({ sub = "Ann", exp = now + 60, roles = { "a" } }, "secret"), "secret")
      local _, wrong = mona:verifyJWT(token({ sub = "Ann" }, "guess"), "secret")
      local _, late = mona:verifyJWT(token({ exp = now - 1 }, "secret"), "secret")
      return claims.sub, claims.roles[1], wrong, late`));
    const asked = ask(server, server.connect(), "f");
    while (asked.outcome === "waits") await new Promise((resolve) => setTimeout(resolve, 1));
    deepEqual(asked.outcome, [
      ...["Ann", "a", "signature verification failed", '"exp" claim timestamp check failed'],
    ]);
  },
};
