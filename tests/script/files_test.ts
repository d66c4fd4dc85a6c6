import { equal, throws } from "node:assert/strict";
import { TestServer } from "./support.ts";

Deno.test("a file is accepted by the client's onWrite, else by the application's", () => {
  using server = new TestServer({
    "main.lua":
      `function onWrite(client, file) return client.path == "" and file == "root.txt" end`,
    "app/main.lua": `function onWrite(client, file)
      if file == "bad.txt" then error("not this one") end
      if file == "worse.txt" then error("") end
      return file == "app.txt" and 1
    end
    function onConnection(client, own)
      if own then function client:onWrite(file) return self.path .. file == "/appown.txt" end end
    end`,
    "none/main.lua": "function onWrite() end",
  });
  const { handler } = server.scripts;
  const root = server.connect();
  const app = server.connect("/app");
  const own = server.connect("/app", [true]);
  const none = server.connect("/none");
  equal(handler.onWrite({ client: root, file: "root.txt" }), true);
  equal(handler.onWrite({ client: root, file: "app.txt" }), false);
  equal(handler.onWrite({ client: app, file: "app.txt" }), true);
  equal(handler.onWrite({ client: app, file: "own.txt" }), false);
  equal(handler.onWrite({ client: own, file: "own.txt" }), true);
  equal(handler.onWrite({ client: own, file: "app.txt" }), false);
  equal(handler.onWrite({ client: none, file: "root.txt" }), false);
  const refusal = { name: "Refusal", code: "Write.Failed", reason: "denied" };
  throws(() => handler.onWrite({ client: app, file: "bad.txt" }), {
    ...refusal,
    message: "not this one",
  });
  throws(() => handler.onWrite({ client: app, file: "worse.txt" }), {
    ...refusal,
    message: "Not allowed to write worse.txt",
  });
});

Deno.test("no file is accepted where no script has onWrite", () => {
  using server = new TestServer("");
  equal(server.scripts.handler.onWrite({ client: server.connect(), file: "a.txt" }), false);
});
