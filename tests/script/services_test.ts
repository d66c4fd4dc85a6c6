import { deepEqual, equal, match, ok } from "node:assert/strict";
import { echoServer } from "../services/echo_server.ts";
import { ServiceServer } from "./service_server.ts";

Deno.test("names and values of data come back from disk byte for byte, as a script sees them", async () => {
  const directory = Deno.makeTempDirSync({ prefix: "data" });
  // A generator of its own, so that both runs make the same names and values.
  const loop = (body: string) => `
    local seed, wrong = 1, 0
    local function bytes()
      local made = {}
      for i = 1, seed % 40 do
        seed = (seed * 48271) % 2147483647
        made[i] = string.char(seed >> 8 & 255)
      end
      seed = (seed * 48271) % 2147483647
      return table.concat(made)
    end
    for i = 1, 500 do
      local name, value = i .. bytes(), bytes()
      ${body}
    end
    return wrong, #data`;
  {
    await using server = ServiceServer.start("", { directory });
    deepEqual(server.run(loop("data[name] = value")), [0, 500]);
  }
  await using again = ServiceServer.start("", { directory });
  deepEqual(again.run(loop("if data[name] ~= value then wrong = wrong + 1 end")), [0, 500]);
  await again.data.close();
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("what data holds goes out as data, whole or a part of it", async () => {
  await using server = ServiceServer.start(`
    data.players = {ann = {score = 5}, ["naïve"] = "x"}
    function onConnection(client)
      function client:players() return data.players end
      return {players = data.players.ann}
    end`);
  const client = server.connect();
  deepEqual(server.answers.get(client), { players: { score: "5" } });
  deepEqual(server.call(client, "players"), [{ ann: { score: "5" }, "naïve": "x" }]);
  const [json] = server.run("return mona:toJSON(data)");
  deepEqual(JSON.parse(String(json)), [{ players: { ann: { score: "5" }, "naïve": "x" } }]);
});

Deno.test("data refuses what cannot be kept, and keeps nothing of it", async () => {
  await using server = ServiceServer.start("");
  const fault = (code: string) =>
    String(server.run(`local _, e = pcall(function() ${code} end) return e`)[0]);
  match(fault("data.f = print"), /test.lua:1: a function cannot be kept in data/);
  match(fault("data.t = {a = 1, b = {c = print}}"), /a function cannot be kept in data/);
  match(fault("data[true] = 1"), /a name of data is a string or a number, not a boolean/);
  match(fault("data.t = {[{}] = 1}"), /a name of data is a string or a number, not a table/);
  match(fault("local t = {} t.t = t data.t = t"), /nested deeper than 64/);
  const many = "local t = {} for i = 1, 40 do t = {a = t, b = t} end data.t = t";
  const unlimited = { instructions: Infinity, key: "" };
  match(
    server.scripts.host.vm.within(unlimited, () => fault(many)),
    /more than 1000000 entries at once/,
  );
  equal(server.run("return #data")[0], 0);
});

Deno.test("data says in the log that a table is there, and the script goes on", async () => {
  await using server = ServiceServer.start(`
    data.players = {bob = 1}
    data.players = {}
    data.players = data.players
    data.copy = data.players
    data.copy.bob = 2
    reached = true`);
  deepEqual(server.run("return reached, data.players.bob, data.copy.bob"), [true, "1", "2"]);
  deepEqual(server.log.lines.filter((line) => line.startsWith("ERROR")), [
    "ERROR www/main.lua:3: data has a table 'players': assign nil before another value",
  ]);
});

Deno.test("what a script opened closes when its application restarts, and opens again", async () => {
  const main = `
    server = mona:createTCPServer()
    function server:onConnection(client)
      function client:onDisconnection() print("told after the end") end
    end
    started = server:start("127.0.0.1", $tcp)
    udp = mona:createUDPSocket()
    udpFault = udp:bind("127.0.0.1", $udp)`;
  const ports = (tcp: number, udp: number) =>
    main.replace("$tcp", String(tcp)).replace("$udp", String(udp));
  await using server = ServiceServer.start(ports(0, 0));
  const portOf = (text: unknown) => Number(String(text).split(":")[1]);
  const [tcp, udp] = server.run("return server.address, udp.address").map(portOf);
  ok(tcp && udp);
  const conn = await Deno.connect({ port: tcp });
  await server.turn();
  server.write("main.lua", ports(tcp, udp));
  server.pass();
  deepEqual(server.run("return started, udpFault, server.address, udp.address"), [
    true,
    null,
    `127.0.0.1:${tcp}`,
    `127.0.0.1:${udp}`,
  ]);
  equal(await conn.read(new Uint8Array(1)), null);
  conn.close();
  (await connectSoon(tcp)).close();
  deepEqual(server.printed, []);
});

/** Connects as soon as the system gave the port to its new owner. */
async function connectSoon(port: number): Promise<Deno.Conn> {
  for (;;) {
    try {
      return await Deno.connect({ port });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
  }
}

Deno.test("a socket that a script forgot goes on while it is open, then it is collected", async () => {
  const echo = echoServer();
  await using server = ServiceServer.start(`
    count, over = 0, 0
    for i = 1, 100 do
      local socket = mona:createTCPClient()
      function socket:onData(data) count = count + #data self:disconnect() return 0 end
      function socket:onDisconnection() over = over + 1 end
      socket:connect("${echo.address}")
      socket:send("ten bytes.")
    end`);
  server.run("collectgarbage() collectgarbage()");
  await server.until("over == 100");
  equal(server.run("return count")[0], 1000);
  server.run("collectgarbage() collectgarbage()");
  ok(server.scripts.host.objects.size < 20, `${server.scripts.host.objects.size} objects left`);
  equal(server.scripts.host.applications.root.resources.size, 0);
  echo.close();
});

Deno.test("an error in a socket's event goes to the log and costs nothing else", async () => {
  const echo = echoServer();
  await using server = ServiceServer.start(`
    socket = mona:createTCPClient()
    function socket:onData(data) times = (times or 0) + 1 error("broken") end
    socket:connect("${echo.address}")
    socket:send("a")`);
  await server.until("times == 1");
  server.run(`socket:send("b")`);
  await server.until("times == 2");
  deepEqual(server.log.lines.filter((line) => line.startsWith("ERROR")), [
    "ERROR www/main.lua:3: broken",
    "ERROR www/main.lua:3: broken",
  ]);
  deepEqual(server.run("return socket.connected"), [true]);
  server.run("socket:disconnect()");
  echo.close();
});

Deno.test("sockets take their address in every style", async () => {
  const echo = echoServer();
  const port = Number(echo.address.split(":")[1]);
  await using server = ServiceServer.start(`
    styles, done, results = {
      {"127.0.0.1", ${port}}, {"127.0.0.1:${port}"}, {${port}}, {"localhost", ${port}},
      {mona:createSocketAddress("127.0.0.1:${port}")}, {mona:createIPAddress("127.0.0.1"), ${port}},
    }, 0, {}
    for i, style in ipairs(styles) do
      local socket = mona:createTCPClient()
      function socket:onData(data) results[#results + 1] = data self:disconnect() return 0 end
      function socket:onDisconnection() done = done + 1 end
      socket:connect(table.unpack(style))
      socket:send(tostring(i))
    end
    local socket = mona:createTCPClient()
    faults = {socket:connect("host"), socket:connect("host", 70000), socket:connect("::1:80"),
      socket:connect("a b", 80)}`);
  await server.until("done == 6");
  deepEqual(
    server.run("table.sort(results) return #faults, faults[1], table.unpack(results)"),
    [4, 'no host and port, such as "host", 80 or "host:80"', "1", "2", "3", "4", "5", "6"],
  );
  echo.close();
});

Deno.test("a script of an early version hears from connect whether it went well", async () => {
  const echo = echoServer();
  await using server = ServiceServer.start(
    `socket = mona:createTCPClient()
    function socket:onDisconnection() over = true end
    if not socket:connect("nowhere") then
      ok = socket:connect("${echo.address}")
      again = socket:connect("${echo.address}")
    end`,
    { earlyConnect: true },
  );
  deepEqual(server.run("return ok, again"), [true, false]);
  deepEqual(server.log.lines.filter((line) => line.startsWith("ERROR")), [
    'ERROR www/main.lua:3: TCPClient: no host and port, such as "host", 80 or "host:80"',
    "ERROR www/main.lua:5: TCPClient: the socket is connected already",
  ]);
  await server.until("socket.connected");
  server.run("socket:disconnect()");
  echo.close();
});

Deno.test("a disk that data cannot be stored on is an error that the script can catch", async () => {
  const directory = Deno.makeTempFileSync();
  {
    await using server = ServiceServer.start("", { directory });
    const [ok, message, value] = server.run(`local ok, message = pcall(function() data.x = 1 end)
      return ok, message, data.x`);
    equal(ok, false);
    match(String(message), /^test.lua:1: data cannot be stored: /);
    equal(value, null);
  }
  Deno.removeSync(directory);
});
