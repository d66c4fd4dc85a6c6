import { deepEqual, ok, throws } from "node:assert/strict";
import { TestServer } from "./support.ts";

/** The scripts that the two API references show, each as a server would meet it. */

for (const name of ["writeInvocation", "writeAMFMessage"]) {
  Deno.test(`a writer's onManage pushes by self:${name}`, () => {
    using server = new TestServer(`function onConnection(client)
      local object = client.writer:newFlowWriter()
      function object:onManage() self:${name}("push", "test") end
      client.object = object
    end`);
    const client = server.connect();
    server.pass();
    deepEqual(server.writers.get(client)?.pipes[0]?.written, [["invocation", "push", "test"]]);
  });
}

const LOOPS = [
  "for index, value in ipairs(object) do INFO(index, value) end",
  "for id, client in pairs(mona.clients) do INFO(id, ' : ', client.address) end",
  "for name, value in cumulus.clients:pairs() do print(name, value) end",
  "for index, value in publication.listeners:ipairs() do print(index, value) end",
];

for (const loop of LOOPS) {
  Deno.test(`the loop runs: ${loop}`, () => {
    using server = new TestServer("object = mona.clients");
    const client = server.connect();
    server.run("publication = mona:publish('live')");
    server.subscribe(client, "live");
    server.run(loop);
    const said = [...server.printed, ...server.log.lines.filter((line) => /^INFO/.test(line))];
    ok(said.length === 1 && (said[0]?.includes(client.id) || said[0]?.startsWith("1\tlistener")));
  });
}

Deno.test("parameters of the URL are members of the client", () => {
  using server = new TestServer(`function onConnection(client, ...)
    NOTE("client arg1 = "..client.arg1)
    NOTE("client arg2 = "..client.arg2)
  end`);
  server.connect("", [], { properties: new Map([["arg1", "value1"], ["arg2", "value2"]]) });
  deepEqual(server.log.lines.filter((line) => line.startsWith("NOTE")), [
    "NOTE www/main.lua:2: client arg1 = value1",
    "NOTE www/main.lua:3: client arg2 = value2",
  ]);
});

for (const name of ["writeInvocation", "writeAMFMessage"]) {
  Deno.test(`a message is sent unreliably, ${name} called with a point`, () => {
    using server = new TestServer(`function onConnection(client, ...)
      client.writer.reliable = false
      client.writer.${name}("method", "hello")
      client.writer.reliable = true
    end`);
    const client = server.connect();
    deepEqual(server.written(client), [["invocation", "method", "hello"]]);
    deepEqual(server.writers.get(client)?.reliable, true);
  });
}

Deno.test("a method called with a point is that of the object it was read from", () => {
  using server = new TestServer("");
  const [a, b] = [server.connect(), server.connect()];
  server.run(`local a, b = mona.clients("${a.id}").writer, mona.clients("${b.id}").writer
    a.writeInvocation("to a") b.writeInvocation("to b") a:writeInvocation("again")`);
  deepEqual(server.written(a), [["invocation", "to a"], ["invocation", "again"]]);
  deepEqual(server.written(b), [["invocation", "to b"]]);
});

Deno.test("a connection is welcomed, rejected with a text, rejected without one", () => {
  using server = new TestServer(`function onConnection(client, login)
    if login == nil then error("") end
    if login ~= "Tom" then
      error("you are not Tom!")
    end
    return {message="welcome",id=1}
  end`);
  deepEqual(server.answers.get(server.connect("", ["Tom"])), { message: "welcome", id: 1 });
  throws(() => server.connect("", ["Ben"]), { message: "you are not Tom!" });
  throws(() => server.connect(), { message: "client rejected" });
});

Deno.test("publish and play need a right that the script gave to the client", () => {
  using server = new TestServer(`function onConnection(client, right) client.right = right end
    function onPublish(client,publication)
      if not client.right then
        error("no rights to publish it")
      end
    end
    function onSubscribe(client,listener)
      if not client.right then
        error("no rights to play it")
      end
    end`);
  const [guest, member] = [server.connect(), server.connect("", [true])];
  throws(() => server.publish(guest, "x"), { message: "no rights to publish it" });
  throws(() => server.subscribe(guest, "x"), { message: "no rights to play it" });
  ok(server.publish(member, "x").isRunning);
  ok(server.subscribe(member, "x"));
});

const ADDRESSES: [code: string, expected: string[]][] = [
  [`return "192.168.0.2:1935"`, ["192.168.0.2:1935"]],
  [`return "192.168.0.2:1935,192.168.0.3:1935"`, ["192.168.0.2:1935", "192.168.0.3:1935"]],
  [`return "192.168.0.2:1935", "192.168.0.3:1935"`, ["192.168.0.2:1935", "192.168.0.3:1935"]],
  [`return addresses`, ["192.168.0.2:1936", "192.168.0.3:1936"]],
];

for (const [code, expected] of ADDRESSES) {
  Deno.test(`a rendezvous is redirected by ${code}`, () => {
    using server = new TestServer(`addresses = {"192.168.0.2:1936", "192.168.0.3:1936"}
      function onRendezVousUnknown(peerId) ${code} end`);
    const peer = new Uint8Array(32);
    deepEqual(server.scripts.handler.onRendezVousUnknown("RTMFP", peer), expected);
  });
}

Deno.test("a handshake is balanced over addresses, then answered by all of them and us", () => {
  using server = new TestServer(`
    servers = {"a:1", "b:1"}
    index=0
    function onHandshake(address,path,properties,attempts)
      if attempts > properties.acceptableAttempts then
        return servers,"again"
      end
      index=index+1
      if index > #servers then index=1 end
      return servers[index]
    end`);
  const shake = (attempts: number) =>
    server.scripts.handler.onHandshake({
      protocol: "RTMFP",
      address: "192.0.2.1:5",
      path: "",
      properties: new Map([["acceptableAttempts", "2"]]),
      attempts,
    });
  deepEqual([shake(1), shake(1), shake(2), shake(3)], [["a:1"], ["b:1"], ["a:1"], [
    "a:1",
    "b:1",
    "again",
  ]]);
});
