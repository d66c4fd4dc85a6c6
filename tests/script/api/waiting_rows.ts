import { deepEqual, equal } from "node:assert/strict";
import { ask } from "../waiting/ask.ts";
import type { TestServer } from "../support.ts";
import type { Rows } from "./rows.ts";

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
};
