import { deepEqual, equal, match } from "node:assert/strict";
import { echoServer } from "../../services/echo_server.ts";
import { MailServer } from "../../services/mail_server.ts";
import { ServiceServer } from "../service_server.ts";
import type { RowTests } from "./rows.ts";

/** Sockets, mail and `data`. */
export const serviceRows: RowTests = {
  "mona.createTCPClient": async () => {
    await using server = ServiceServer.start("");
    deepEqual(server.run(`local c = mona:createTCPClient() return c.connected, c.address`), [
      false,
      null,
    ]);
  },

  "tcpClient": async () => {
    const echo = echoServer();
    await using server = ServiceServer.start(`
    socket = mona:createTCPClient()
    received, disconnections = "", 0
    function socket:onData(data)
      peer, here, idle = self.peerAddress, self.address, self.idleTime
      received = received .. data
      if #received >= 256 then self:disconnect() end
      return 0
    end
    function socket:onDisconnection()
      disconnections = disconnections + 1
      cause = self.error or "none"
    end
    err = socket:connect("${echo.address}")
    bytes = ""
    for i = 0, 255 do bytes = bytes .. string.char(i) end
    sent = socket:send(bytes)`);
    deepEqual(server.run("return err, sent, socket.connected"), [null, null, false]);
    await server.until("disconnections == 1");
    deepEqual(
      server.run(
        `return received == bytes, peer, here ~= peer, idle < 5000, cause, socket.connected,
      socket:send("late"), socket:disconnect()`,
      ),
      [true, echo.address, true, true, "none", false, "the socket is not connected"],
    );
    equal(server.run("return disconnections")[0], 1);
    echo.close();
  },

  "mona.fetch": async () => {
    const web = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
      return new Response("found", { status: 203, headers: { "x-a": "b" } });
    });
    await using server = ServiceServer.start(`mona:timer(0, function()
      status, body, headers = mona:fetch("http://127.0.0.1:${web.addr.port}/")
    end)`);
    server.clock.advance(1);
    await server.until("headers ~= nil");
    deepEqual(server.run(`return status, body, headers["x-a"]`), [203, "found", "b"]);
    await web.shutdown();
  },

  "mona.createTCPServer": async () => {
    await using server = ServiceServer.start("");
    deepEqual(server.run(`local s = mona:createTCPServer() return s.running, s.address`), [
      false,
      null,
    ]);
  },

  "tcpServer": async () => {
    await using server = ServiceServer.start(`
    server = mona:createTCPServer()
    log = {}
    function server:onConnection(client)
      log[#log + 1] = "from " .. client.peerAddress:match("^[%d.]+")
      client.rest = ""
      function client:onData(data)
        local lines = data:match("^.*\\n")
        if lines then self:send(lines) end
        return #data - #(lines or "")
      end
      function client:onDisconnection() log[#log + 1] = "gone" end
    end
    started = server:start("127.0.0.1", 0)`);
    deepEqual(server.run("return started, server.running, server:start(1)"), [true, true, false]);
    const [address] = server.run("return server.address") as [string];
    const conn = await Deno.connect({ port: Number(address.split(":")[1]) });
    await conn.write(new TextEncoder().encode("one"));
    await conn.write(new TextEncoder().encode("\ntwo\nth"));
    let text = "";
    const buffer = new Uint8Array(100);
    while (text.length < 8) {
      text += new TextDecoder().decode(buffer.subarray(0, (await conn.read(buffer)) ?? 0));
    }
    equal(text, "one\ntwo\n");
    conn.close();
    await server.until("#log == 2");
    deepEqual(server.run(`server:stop() return log[1], log[2], server.running, server.address`), [
      "from 127.0.0.1",
      "gone",
      false,
      null,
    ]);
    match(server.log.lines.join(), /ERROR www\/main.lua|ERROR .*TCPServer: the server is running/);
  },

  "mona.createUDPSocket": async () => {
    await using server = ServiceServer.start("");
    deepEqual(
      server.run(`local plain, broadcast = mona:createUDPSocket(), mona:createUDPSocket(true)
      local refused = plain:send("x", "255.255.255.255:9")
      return refused, plain.address`),
      ["255.255.255.255 is a broadcast address: the socket was made without broadcast", null],
    );
  },

  "udpSocket": async () => {
    await using server = ServiceServer.start(`
    a, b = mona:createUDPSocket(), mona:createUDPSocket()
    function a:onPacket(data, address) self:send("echo " .. data, address) end
    function b:onPacket(data, address) answer, from = data, address end
    bound = a:bind("127.0.0.1:0")
    again = a:bind("127.0.0.1", 0)
    unconnected = b:send("nowhere")
    connected = b:connect(a.address)
    peer = b.peerAddress
    sent = b:send("\\0\\255")`);
    deepEqual(server.run("return bound, again, unconnected, connected, sent, peer == a.address"), [
      null,
      "the socket is bound already",
      "the socket is not connected: an address is needed",
      null,
      null,
      true,
    ]);
    await server.until("answer ~= nil");
    deepEqual(
      server.run(`local same = from == a.address
      b:disconnect()
      local peer = b.peerAddress
      a:close() b:close()
      return answer == "echo \\0\\255", same, peer, a.address`),
      [true, true, null, null],
    );
  },

  "mona.sendMail": async () => {
    const mails = new MailServer();
    await using server = ServiceServer.start("", { smtp: { port: await mails.start() } });
    server.run(`mail = mona:sendMail("me@example.com", "Été", "Bonjour\\n", "a@b.c", "d@e.f")
    function mail:onSent(error) result = error or "sent" end`);
    await server.until("result ~= nil");
    equal(server.run("return result")[0], "sent");
    deepEqual(mails.received.map(({ from, to, body }) => [from, to, body]), [
      ["me@example.com", ["a@b.c", "d@e.f"], "Bonjour\r\n"],
    ]);
    await mails.stop();
  },

  "mail.onSent": async () => {
    const mails = new MailServer();
    await using server = ServiceServer.start("", { smtp: { port: await mails.start() } });
    server.run(`errors = {}
    for _, recipient in ipairs({"nobody@b.c", "a@b.c\\r\\nBcc: d@e.f"}) do
      local mail = mona:sendMail("me@example.com", "x", "y", recipient)
      function mail:onSent(error) errors[#errors + 1] = error end
    end
    mail = nil
    collectgarbage()`);
    await server.until("#errors == 2");
    deepEqual(server.run("table.sort(errors) return table.unpack(errors)"), [
      "550 Nobody here by that name",
      "a recipient holds a line break or another control character",
    ]);
    deepEqual(mails.received, []);
    await mails.stop();
  },

  "data.table": async () => {
    const directory = Deno.makeTempDirSync({ prefix: "data" });
    const files = {
      "main.lua": "",
      "subapp/main.lua": "function put(k, v) data[k] = v end function get(k) return data[k] end",
    };
    {
      await using server = ServiceServer.start(files, { directory });
      server.run(`data.name = "value"
      data[1] = 10
      data.half = 0.5
      data.yes = true
      data["\\0/é\\255"] = "\\0\\255"
      data.players = {bob = {score = 12, tags = {"a", "b"}}, empty = {}}
      data.count = "a name like any other"
      data.gone = "x"
      data.gone = nil
      children("subapp")
      subapp.put("x", 7)`);
      deepEqual(server.run(`return subapp.get("x"), data.subapp.x, data.players.bob.tags["2"]`), [
        "7",
        "7",
        "b",
      ]);
      deepEqual(server.run("return super == nil, data.subapp.x", ""), [true, "7"]);
      equal(server.run("return super.data.name", "/subapp")[0], "value");
    }
    await using again = ServiceServer.start(files, { directory });
    deepEqual(
      again.run(`local players = data.players
      return data.name, data[1], data.half, data.yes, data["\\0/é\\255"] == "\\0\\255",
        players.bob.score, players == data.players, #data, data.gone, data.subapp.x, data.count`),
      ["value", "10", "0.5", true, true, "12", true, 8, null, "7", "a name like any other"],
    );
    deepEqual(
      again.run(`local names = {}
      for name, value in pairs(data.players.bob.tags) do names[#names + 1] = name .. value end
      table.sort(names)
      for name in pairs(data) do data[name] = nil end
      return #data, #data.players, table.unpack(names)`.replace("#data.players, ", "")),
      [0, "1a", "2b"],
    );
    await again.data.close();
    Deno.removeSync(directory, { recursive: true });
  },
};
