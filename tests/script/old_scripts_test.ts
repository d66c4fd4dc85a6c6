import { deepEqual, equal } from "node:assert/strict";
import { FlvReader } from "../../src/media/mod.ts";
import { echoServer } from "../services/echo_server.ts";
import { ServiceServer } from "./service_server.ts";
import { TestServer } from "./support.ts";
import { decided } from "../support/decided.ts";

// What scripts of the field use, beyond what the two references list.

Deno.test("sockets have the event names of early servers: onReception and clientHandler", async () => {
  await using server = ServiceServer.start(`
    heard, served = "", ""
    server = mona:createTCPServer()
    function server:clientHandler(client)
      function client:onReception(data)
        served = served .. data
        self:send(data:upper())
        return 0
      end
    end
    started = server:start("127.0.0.1", 0)
    client = mona:createTCPClient()
    function client:onReception(data) heard = heard .. data return 0 end
    client:connect("127.0.0.1", server.port)
    client:send("ping")
    socket = mona:createUDPSocket()
    function socket:onReception(data, from) got = data sender = from end
    socket:bind("127.0.0.1", 0)
    other = mona:createUDPSocket()
    other:bind("127.0.0.1", 0)
    other:send("datagram", socket.address)`);
  await server.until("heard == 'PING' and got ~= nil");
  deepEqual(
    server.run(`return started, served, got, sender == other.address,
      server.address == "127.0.0.1:" .. server.port, client.onReception == client.onData,
      mona:createTCPServer().port`),
    [true, "ping", "datagram", true, true, true, null],
  );
});

Deno.test("an event assigned by its other name takes the place of the one before", async () => {
  const echo = echoServer();
  await using server = ServiceServer.start(`
    calls = {}
    socket = mona:createTCPClient()
    function socket:onReception() calls[#calls + 1] = "early" end
    function socket:onData(data) calls[#calls + 1] = "now" return 0 end
    socket:connect("${echo.address}")
    socket:send("x")`);
  await server.until("#calls > 0");
  deepEqual(server.run("return calls, rawget(socket, 'onReception')"), [["now"], null]);
  server.run("socket:disconnect()");
  echo.close();
});

Deno.test("mona:files takes the path of an application, or any folder", () => {
  using server = new TestServer({
    "main.lua": "",
    "games/main.lua": "",
    "games/chess/main.lua": "",
    "games/maps/a.txt": "",
  });
  server.connect("/games/chess");
  deepEqual(
    server.run(
      `local function names(folder)
        local found = {}
        for _, file in pairs(mona:files(folder)) do
          found[#found + 1] = file.isFolder and file.name .. "/" or file.name
        end
        return table.concat(found, " ")
      end
      return names(path), names(path .. "/maps"), names("games"), names(""), names("/"),
        names(mona:absolutePath(path)), names("none")`,
      "/games",
    ),
    ["chess/ main.lua maps/", "a.txt", "chess/ main.lua maps/", "games/ main.lua"]
      .concat(["games/ main.lua", "chess/ main.lua maps/", ""]),
  );
});

Deno.test("parameters of a played name are members of the listener", () => {
  using server = new TestServer(`
    function onSubscribe(client, listener)
      seen = {listener.expires, listener.token, listener.none, listener.id ~= "x"}
      if tonumber(listener.expires) < 100 then error("the link is too old") end
    end`);
  const client = server.connect();
  server.publish(client, "live");
  const sink = { ready() {}, overrun() {}, status() {} };
  const parameters = new Map([["expires", "150"], ["token", "abc"], ["id", "x"]]);
  decided(server.hub.subscribe(client, "live", sink, parameters));
  deepEqual(server.run("return table.unpack(seen, 1, 4)"), ["150", "abc", null, true]);
});

Deno.test("the root application is www to all the others", () => {
  using server = new TestServer({
    "main.lua": "function greet(name) return 'hello ' .. name end count = 1",
    "a/main.lua": "function greet(name) return www.greet(name) .. '!' end www.count = 2",
  });
  server.connect("/a");
  deepEqual(server.run("return greet('you'), www.greet('me'), www == super", "/a"), [
    "hello you!",
    "hello me",
    true,
  ]);
  deepEqual(server.run("return count, www == this, www.a.greet('all')"), [2, true, "hello all!"]);
});

Deno.test("settings and URL parameters go out as data, but for secrets", () => {
  using server = new TestServer("function onConnection() return {configs = mona.configs} end");
  server.config.set("HTTP.port", "8080");
  server.config.set("smtp.password", "never");
  server.config.set("mine.name", "x");
  const client = server.connect("", [], { properties: new Map([["room", "5"]]) });
  deepEqual(server.answers.get(client), {
    configs: { HTTP: { port: 8080 }, smtp: {}, mine: { name: "x" } },
  });
  deepEqual(
    server.run(`local sent for _, client in pairs(mona.clients) do sent = client end
      return mona:toJSON(sent.properties), mona.configs.smtp.password,
        mona:toQuery(sent.properties), mona:toJSON(mona.clients)`),
    ['[{"room":5}]', "never", "room=5", "[[]]"],
  );
});

Deno.test("a script records what a client publishes, as FLV or as a transport stream", () => {
  using server = new TestServer(`
    function onPublish(client, publication)
      flv, ts = {}, {}
      local flv_writer = mona:createMediaWriter("flv")
      local ts_writer = mona:createMediaWriter("mp2t")
      local function record(track, time, packet)
        flv[#flv + 1] = flv_writer:write(track, time, packet)
        ts[#ts + 1] = ts_writer:write(track, time, packet)
      end
      function publication:onAudio(time, packet) record(1, time, packet) end
      function publication:onVideo(time, packet) record(2, time, packet) end
    end`);
  const publication = server.publish(server.connect(), "live");
  publication.audio(0, Uint8Array.of(0xaf, 0, 0x12, 0x10));
  publication.video(0, Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0));
  publication.audio(23, Uint8Array.of(0xaf, 1, 1, 2, 3));
  const [flv] = server.run("return {__raw = table.concat(flv)}") as [Uint8Array];
  const tags: unknown[] = [];
  const reader = new FlvReader({
    audio: (time, body) => tags.push(["audio", time, body.length]),
    video: (time, body) => tags.push(["video", time, body.length]),
    data() {},
  });
  reader.readTags(flv);
  deepEqual(tags, [["audio", 0, 4], ["video", 0, 12], ["audio", 23, 5]]);
  const [ts] = server.run("return {__raw = table.concat(ts)}") as [Uint8Array];
  equal(ts.length % 188, 0);
  equal(ts[0], 0x47);
});

Deno.test("package.cpath tells that this is no Windows, as scripts ask it", () => {
  using server = new TestServer("");
  deepEqual(server.run(String.raw`return package.cpath:match("%p[\\|/]?%p(%a+)")`), ["so"]);
});

Deno.test("places outside of a sequence are no errors of table.insert and table.remove", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`
      local t = {"a", "b"}
      table.insert(t, 5, "five")
      table.insert(t, 0, "zero")
      local far = {}
      table.insert(far, 1000, "x")
      return t[0], t[1], t[2], t[3], t[5], far[1000], table.remove({"a"}, 7), table.remove({}, 0),
        table.remove({"a", "b"}, 1.5), #{table.remove({"a"}, -1)}`),
    ["zero", null, "a", "b", "five", "x", null, null, "a", 0],
  );
});

Deno.test("a chat room of the kind that many wrote works unchanged", () => {
  using server = new TestServer(`
    rooms = {}
    local function tell(room, ...)
      for member in pairs(room) do member.writer:writeInvocation(...) end
    end
    function onConnection(client, room, nick)
      if not nick or nick == "" then error("no nick") end
      client.nick, client.room = nick, room
      rooms[room] = rooms[room] or {}
      rooms[room][client] = os.time()
      function client:say(text)
        text = text:gsub("[<>]", {["<"] = "&lt;", [">"] = "&gt;"})
        tell(rooms[room], "said", nick, text)
        return table.getn({1, 2})
      end
      function client:list()
        local names, i = {}, 0
        for member in pairs(rooms[room]) do i = i + 1 names[i] = member.nick end
        table.sort(names)
        return names
      end
      tell(rooms[room], "joined", nick)
      return {id = client.id, version = 10 / 2, label = "v" .. 10 / 2}
    end
    function onDisconnection(client)
      local room = rooms[client.room]
      room[client] = nil
      tell(room, "left", client.nick)
    end`);
  const ann = server.connect("", ["lobby", "ann"]);
  deepEqual(server.answers.get(ann), { id: ann.id, version: 5, label: "v5" });
  const bob = server.connect("", ["lobby", "bob"]);
  deepEqual(server.call(ann, "say", "a < b"), [2]);
  deepEqual(server.call(bob, "list"), [["ann", "bob"]]);
  server.hub.disconnect(bob);
  deepEqual(server.written(ann), [
    ["invocation", "joined", "ann"],
    ["invocation", "joined", "bob"],
    ["invocation", "said", "ann", "a &lt; b"],
    ["invocation", "left", "bob"],
  ]);
});

Deno.test("a page of statistics, as many servers have one, reads all it wants to know", () => {
  using server = new TestServer(`
    function onConnection(client)
      function client:statistics()
        local lines = {}
        for name, publication in pairs(mona.publications) do
          local qos = publication.videoQOS
          local before = qos.seen or "never"
          qos.seen = mona:time()
          lines[#lines + 1] = name .. ": " .. #publication.listeners .. " listeners, "
            .. math.floor(qos.byteRate / 125) .. " kb/s, " .. string.format("%.1f", qos.lostRate * 100)
            .. "% lost, " .. qos.latency .. " ms, sent " .. mona:time() - qos.lastSendingTime
            .. " ms ago, dropped " .. publication.droppedFrames .. ", seen " .. before
        end
        return lines
      end
      function client:count(name)
        local publication = mona.publications[name]
        for _, listener in pairs(publication.listeners) do
          listener.count = (listener.count or 0) + 1
          return listener.count, listener.client.id == client.id, publication == mona.publications(name)
        end
      end
    end`);
  const client = server.connect();
  const publication = server.publish(client, "live");
  server.subscribe(server.connect(), "live");
  deepEqual(
    server.run("for _, p in pairs(mona.publications) do return p.audioQOS.lastSendingTime end"),
    [0],
  );
  publication.video(0, new Uint8Array(1000));
  server.clock.advance(1000);
  const line = "live: 1 listeners, 8 kb/s, 0.0% lost, 0 ms, sent 1000 ms ago, dropped 0, seen ";
  const first = server.clock.epoch();
  deepEqual(server.call(client, "statistics"), [[`${line}never`]]);
  server.run("collectgarbage()");
  const [[second]] = server.call(client, "statistics") as [[string]];
  equal(second.replace(line, ""), `${first}`);
  deepEqual(server.call(client, "count", "live"), [1, false, true]);
  deepEqual(server.call(client, "count", "live"), [2, false, true]);
});

Deno.test("collections are indexed by what pairs gives as keys, and ipairs counts", () => {
  using server = new TestServer("");
  const [one, two] = [server.connect(), server.connect()];
  server.publish(one, "live");
  server.subscribe(two, "live");
  const group = server.hub.join(two, new Uint8Array(32).fill(7));
  deepEqual(
    server.run(`
      local publication = mona.publications["live"]
      local by_id, by_name, by_client, by_group = true, true, true, true
      for id, client in pairs(mona.clients) do by_id = by_id and mona.clients[id] == client end
      for name, p in pairs(mona.publications) do by_name = by_name and mona.publications[name] == p end
      for client, listener in pairs(publication.listeners) do
        by_client = by_client and client.id == "${two.id}" and listener.client == client
          and publication.listeners[client] == listener
      end
      for id, g in pairs(mona.groups) do
        by_group = by_group and mona.groups[id] == g
        for member, client in pairs(g.members) do
          by_group = by_group and member == client.id and mona.clients[member] == client
        end
        for index, client in ipairs(g) do by_group = by_group and index == 1 end
      end
      local counted = {}
      for index, listener in ipairs(publication.listeners) do counted[index] = listener.client.id end
      for index, listener in publication.listeners:ipairs() do counted[index + 1] = index end
      for client in publication.listeners:pairs() do counted[3] = client.id end
      return by_id, by_name, by_client, by_group, counted, mona.clients["none"],
        mona.publications["none"], mona.groups["${group.id}"] == nil,
        publication.listeners[mona.clients["${one.id}"]], publication.listeners[{}]`),
    [true, true, true, true, [two.id, 1, two.id], null, null, false, null, null],
  );
});
