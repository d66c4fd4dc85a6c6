import { deepEqual } from "node:assert/strict";
import { TestServer } from "./support.ts";

const FILES = {
  "main.lua": `function onPublish(client, publication) NOTE("root ", publication.name) end
    function onSubscribe(client, listener) NOTE("play ", listener.publication.name) end`,
  "live/main.lua": `function onConnection(client)
      function client:list()
        local names = {}
        for name in mona.publications:pairs() do names[#names + 1] = name end
        table.sort(names)
        return table.concat(names, " ") .. " " .. mona.publications.count .. " " ..
          tostring(mona.publications.test ~= nil) .. tostring(mona.publications["a/test"] ~= nil)
      end
      function client:begin(name) return mona:publish(name) ~= nil end
    end`,
  "live/a/main.lua": "",
  "hello/main.lua": "",
};

const SINK = { close() {} };

Deno.test("scripts see their application's streams under its own names", () => {
  using server = new TestServer(FILES, { names: "application" });
  const clients = ["/live", "/live/a", "/hello"].map((path) => server.connect(path));
  for (const client of clients) server.hub.publish(client, "test", SINK);
  const [live, a] = clients;
  if (live === undefined || a === undefined) throw new Error("no clients");
  deepEqual(server.call(live, "list"), ["test 1 truefalse"]);
  deepEqual(server.call(live, "begin", "clock"), [true]);
  deepEqual(server.call(live, "begin", "test"), [false]);
  deepEqual(server.call(live, "begin", "a/clock"), [false]);
  deepEqual(server.call(live, "list"), ["clock test 2 truefalse"]);
  deepEqual(
    [...server.hub.publications()].map(({ name }) => name).sort(),
    ["hello/test", "live/a/test", "live/clock", "live/test"],
  );
  deepEqual(server.log.lines.filter((line) => line.endsWith("root test")).length, 3);
});

Deno.test("scripts see all streams where names are the server's", () => {
  using server = new TestServer(FILES);
  const [live, hello] = [server.connect("/live"), server.connect("/hello")];
  server.hub.publish(hello, "a/test", SINK);
  deepEqual(server.call(live, "list"), ["a/test 1 falsetrue"]);
});
