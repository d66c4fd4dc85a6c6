import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { NO_DIRECTORY } from "../../../src/hub/mod.ts";
import type { Row, Rows } from "./rows.ts";

const PEER = "11".repeat(32);
const GROUP = "22".repeat(32);

/** A row whose test is one expression of Lua and the values it gives. */
function gives(code: string, ...values: unknown[]): Row {
  return { test: (server) => deepEqual(server.run(`return ${code}`), values) };
}

/** The member cannot be assigned, and the error names it. */
function refuses(server: { run(code: string): unknown }, member: string): void {
  deepEqual(
    server.run(`local ok, message = pcall(function() mona.${member} = 1 end)
    return ok, message:match(": (.*)")`),
    [false, `mona.${member} is read-only`],
  );
}

/** `mona`, `cumulus` and what is found in it. */
export const monaRows: Rows = {
  "mona.clients": {
    test: (server) => {
      server.connect();
      deepEqual(server.run("return #mona.clients, mona.clients == mona.clients"), [1, true]);
      refuses(server, "clients");
    },
  },
  "mona.configs": {
    test: (server) => {
      server.config.set("RTMP.port", "1936");
      server.config.set("mine.key", "value");
      deepEqual(
        server.run(`local names = {} for name in pairs(mona.configs) do names[#names+1] = name end
        return mona.configs.RTMP.port, mona.configs.rtmp.PORT, mona.configs.mine.key, names`),
        [1936, 1936, "value", ["RTMP", "mine"]],
      );
    },
  },
  "mona.environments": {
    test: (server) => {
      const path = Deno.env.get("PATH");
      deepEqual(
        server.run(`return mona.environments.PATH, mona.environment == mona.environments`),
        [path, true],
      );
    },
  },
  "mona.epochTime": {
    test: (server) => {
      deepEqual(server.run("return mona.epochTime, tostring(mona.epochTime)"), [
        server.clock.epoch(),
        String(server.clock.epoch()),
      ]);
      refuses(server, "epochTime");
    },
  },
  "mona.groups": gives("#mona.groups, mona.groups == mona.groups", 0, true),
  "mona.publications": gives("mona.publications == mona.pulications, #mona.publications", true, 0),
  "mona.publicAddress": gives("cumulus.publicAddress", "198.51.100.7"),
  "mona.cumulus": gives("mona == cumulus", true),
  "mona.absolutePath": {
    test: (server) => {
      deepEqual(
        server.run(`return mona:absolutePath("/Games/myGame"), mona:absolutePath(""),
        mona:absolutePath(path)`),
        [`${server.www}/Games/myGame/`, `${server.www}/`, `${server.www}/`],
      );
    },
  },
  "mona.addToBlacklist": {
    test: (server) => {
      server.run(`mona:addToBlacklist("192.0.2.1", "192.0.2.2")`);
      deepEqual(server.banned, ["+192.0.2.1", "+192.0.2.2"]);
    },
  },
  "mona.removeFromBlacklist": {
    test: (server) => {
      server.run(`mona:removeFromBlacklist("192.0.2.1")`);
      deepEqual(server.banned, ["-192.0.2.1"]);
    },
  },
  "mona.publish": {
    test: (server) => {
      deepEqual(
        server.run(`p = mona:publish("mine")
        return p.name, mona:publish("mine"), mona.publications("mine") == p`),
        ["mine", null, true],
      );
      ok(server.hub.publication("mine"));
    },
  },
  "mona.fromAMF": gives(
    `mona:fromAMF(mona:toAMF(1, "two", {3}, {a = 4}, nil, true))`,
    1,
    "two",
    [3],
    { a: 4 },
    null,
    true,
  ),
  "mona.toAMF": gives(
    `mona:toAMF({a = 1}, 1, "a", true, nil):byte(1, -1)`,
    // Marker 0x11, then an AMF3 object of no class, dynamic: "a" = integer 1, "". Then integer 1,
    // the text "a" that came before, true and null.
    ...[0x11, 0x0a, 0x0b, 0x01, 0x03, 0x61, 0x04, 0x01, 0x01],
    ...[0x11, 0x04, 0x01, 0x11, 0x06, 0x00, 0x11, 0x03, 0x11, 0x01],
  ),
  "mona.toAMF0": gives(
    `mona:toAMF0({a = 1}):byte(1, -1)`,
    ...[0x03, 0x00, 0x01, 0x61, 0x00, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0x00, 0x00, 0x09],
  ),
  "mona.fromJSON": {
    test: (server) => {
      deepEqual(server.run(`return mona:fromJSON('[1,"x",{"a":[true,null,2.5]},10.0]')`), [
        1,
        "x",
        { a: [true, null, 2.5] },
        10,
      ]);
      deepEqual(server.run(`return tostring((mona:fromJSON('[10.0]')))`), ["10"]);
      deepEqual(server.run(`return mona:fromJSON('[1')`), []);
      match(server.log.lines.at(-1) ?? "", /^WARN test\.lua:1: /);
    },
  },
  "mona.toJSON": gives(
    `mona:toJSON(), mona:toJSON({}), mona:toJSON({{}}), mona:toJSON(10, {1, 2, a = "b"})`,
    "[]",
    "[[]]",
    "[[[]]]",
    `[10,[{"a":"b"},1,2]]`,
  ),
  "mona.fromXML": {
    test: (server) => {
      const xml = `<?xml version="1.0"?><document><article><p>text</p></article>` +
        `<h2 class="opt">title</h2></document>`;
      deepEqual(
        server.run(`local t = mona:fromXML([[${xml}]])
        t.document.article.p.__value = "new"
        local failure
        local none = mona:fromXML(function(message) failure = message end, "<a>")
        local again = mona:fromXML(function() end, "<b/>")
        return t.xml.version, t.document == t[1], t.__value == t[1], t.document.h2.class,
          t.document.article.p[1], t.none, type(failure), none, again.b.__name`),
        ["1.0", true, true, "opt", "new", null, "string", null, "b"],
      );
    },
  },
  "mona.toXML": {
    test: (server) => {
      const xml = `<?xml version="1.0"?><a x="1">text <b>bold</b> more<c/></a>`;
      const written = `<?xml version="1.0" ?><a x="1" >text<b >bold</b>more<c /></a>`;
      deepEqual(
        server.run(`return mona:toXML(mona:fromXML([[${xml}]])),
          mona:toXML(mona:fromXML([[${written}]]))`),
        [written, written],
      );
    },
  },
  "mona.md5": {
    test: (server) => {
      const hex = `:gsub(".", function(c) return ("%02x"):format(c:byte()) end)`;
      deepEqual(server.run(`local a, b = mona:md5("a", "b\\0\\xff") return (a${hex}), (b${hex})`), [
        createHash("md5").update("a").digest("hex"),
        createHash("md5").update(Uint8Array.of(0x62, 0, 0xff)).digest("hex"),
      ]);
    },
  },
  "mona.sha256": {
    test: (server) => {
      deepEqual(
        server.run(`local hash = mona:sha256("abc") return #hash, hash:byte(1, 3)`),
        [32, ...createHash("sha256").update("abc").digest().subarray(0, 3)],
      );
    },
  },
  "mona.sign": {
    test: (server) => {
      server.config.set("access.secret", "nightingale");
      // printf 'play\n1767225660\nfilm' | openssl dgst -sha256 -hmac nightingale
      deepEqual(server.run(`return mona:sign("play", "film", 60)`), [
        "expires=1767225660&sig=a32b21f21dfbb16b1bb007cb0d013c806c263530d08a17abdee5b9bcaf4e229a",
      ]);
    },
  },
  "mona.streams": {
    test: (server) => {
      const { hub } = server;
      deepEqual(server.run("return #mona:streams()"), [0]);
      server.run(`song = mona:publish("song")`);
      hub.publication("song")!.audio(0, Uint8Array.of(0xaf, 1, 2));
      hub.offers.add("from a relay").add("song");
      hub.directory = { ...NO_DIRECTORY, names: () => ["elsewhere", "elsewhere", "song"] };
      deepEqual(server.run("return mona:streams()"), [[
        { name: "elsewhere", origin: "server", running: false },
        { name: "from a relay", origin: "relay", running: false },
        {
          name: "song",
          origin: "script",
          running: true,
          audio: true,
          video: false,
          listeners: 0,
          byteRate: 0,
        },
      ]]);
      // A script may use the name for what is its own.
      deepEqual(server.run("mona.streams = 7 return mona.streams"), [7]);
    },
  },
  "mona.split": {
    test: (server) => {
      deepEqual(server.run(`return mona:split("a, b,,c", ",")`), ["a", " b", "", "c"]);
      deepEqual(server.run(`return mona:split("a, b,,c", ",", 1)`), ["a", " b", "c"]);
      deepEqual(server.run(`return mona:split("a, b,,c", ",", 2)`), ["a", "b", "", "c"]);
      deepEqual(server.run(`return mona:split("a, b,,c", ",", 3)`), ["a", "b", "c"]);
      deepEqual(server.run(`return #mona:split("\\xff\\0|x", "|")`), [2]);
    },
  },
  "mona.files": {
    test: (server) => {
      server.write("folder/b.txt", "12345");
      server.write("folder/a/x", "");
      deepEqual(
        server.run(`local files = mona:files(mona:absolutePath("folder"))
        return #files, files[1].name, files[2].name, #mona:files("/no/such/folder"),
          mona.listPaths == mona.files`),
        [2, "a", "b.txt", 0, true],
      );
    },
  },
  "mona.toXMLRPC": gives(
    `mona:toXMLRPC()`,
    `<?xml version="1.0"?><methodResponse><params></params></methodResponse>`,
  ),
  "mona.fromXMLRPC": gives(
    `mona:fromXMLRPC([[<?xml version="1.0"?><methodCall><methodName>f</methodName><params><param>
    <value><int>5</int></value></param></params></methodCall>]])`,
    "f",
    5,
  ),
  "mona.toQuery": gives(`mona:toQuery({a = 1}, "x#y", {b = true})`, "a=1&x%23y&b=true"),
  "mona.fromQuery": gives(`mona:fromQuery("a=1&b=two")`, { a: 1, b: "two" }),
  "mona.joinGroup": {
    test: (server) => {
      deepEqual(server.run(`m = mona:joinGroup("${PEER}", "${GROUP}") return m.id, #mona.groups`), [
        PEER,
        1,
      ]);
    },
  },
  "mona.time": {
    test: (server) => deepEqual(server.run("return mona:time()"), [server.clock.epoch()]),
  },
  "mona.dump": {
    test: (server) => {
      server.run(`mona:dump("title", "abc\\0def", 4)`);
      match(server.log.lines.at(-1) ?? "", /^INFO title\n0000 {2}61 62 63 00 .*abc\.$/s);
      server.run(`mona:dump("abc")`);
      match(server.log.lines.at(-1) ?? "", /61 62 63/);
    },
  },
  "mona.createIPAddress": gives(
    `tostring(mona:createIPAddress("127.0.0.1")), mona:createIPAddress("::1").isLoopback,
     mona:createIPAddress("nonsense")`,
    "127.0.0.1",
    true,
    null,
    "'nonsense' is no address",
  ),
  "mona.createSocketAddress": gives(
    `tostring(mona:createSocketAddress("[::1]:80")), mona:createSocketAddress("192.0.2.1:5").port,
     tostring(mona:createSocketAddress("192.0.2.1:5").host), mona:createSocketAddress("x:1")`,
    "[::1]:80",
    5,
    "192.0.2.1",
    null,
    "'x:1' is no address",
  ),
  "groups.call": {
    test: (server) => {
      server.hub.join(server.connect(), new Uint8Array(32).fill(0x22));
      deepEqual(
        server.run(`local g = mona.groups("${GROUP}")
        return g.id, mona.groups(g.rawId) == g, mona.groups("${PEER}")`),
        [GROUP, true, null],
      );
    },
  },
  "groups.join": {
    test: (server) => {
      deepEqual(
        server.run(`m = mona.groups:join("${PEER}", "${GROUP}")
        return m.id, #mona.groups, pcall(mona.groups.join, mona.groups, "short", "${GROUP}")`)
          .slice(0, 3),
        [PEER, 1, false],
      );
      ok(server.hub.groups.get(GROUP)?.virtualMembers.has(PEER));
    },
  },
  "groups.pairs": {
    test: (server) => {
      server.hub.join(server.connect(), new Uint8Array(32).fill(0x22));
      deepEqual(
        server.run(`local ids = {}
        for id, group in pairs(mona.groups) do ids[#ids + 1] = id == group.id and id end
        for id in ipairs(mona.groups) do ids[#ids + 1] = id end return ids`),
        [[GROUP, GROUP]],
      );
    },
  },
  "groups.pairsMethod": {
    test: (server) => {
      server.hub.join(server.connect(), new Uint8Array(32).fill(0x22));
      deepEqual(server.run(`for id, group in cumulus.groups:pairs() do return id, group.id end`), [
        GROUP,
        GROUP,
      ]);
    },
  },
  "groups.len": gives("#mona.groups", 0),
  "groups.count": gives("cumulus.groups.count", 0),
  "member.id": gives(`mona.groups:join("${PEER}", "${GROUP}").id`, PEER),
  "member.rawId": gives(`mona.groups:join("${PEER}", "${GROUP}").rawId == ("\\x11"):rep(32)`, true),
  "member.release": {
    test: (server) => {
      server.run(`m = mona.groups:join("${PEER}", "${GROUP}") m:release() m:release()`);
      equal(server.hub.groups.size, 0);
      server.run(`mona.groups:join("${PEER}", "${GROUP}")`);
      equal(server.hub.groups.size, 1);
      server.run("collectgarbage() collectgarbage()");
      equal(server.hub.groups.size, 0);
    },
  },
  "file.fullPath": fileRow("fullPath", (www) => `${www}/x/page.tar.gz`, "value"),
  "file.name": fileRow("name", () => "page.tar.gz"),
  "file.baseName": fileRow("baseName", () => "page.tar"),
  "file.extension": fileRow("extension", () => "gz"),
  "file.size": fileRow("size", () => 5),
  "file.lastModified": fileRow("lastModified", () => 1_700_000_002),
  "file.isDirectory": fileRow("isDirectory", () => false, "isFolder"),
};

function fileRow(member: string, expected: (www: string) => unknown, alias = member): Row {
  return {
    main: "",
    test: (server) => {
      server.write("x/page.tar.gz", "12345");
      deepEqual(
        server.run(`local file = mona:files(mona:absolutePath("x"))[1]
        local ok, message = pcall(function() file.${member} = 1 end)
        return file.${member}, file.${alias}, message:match(": (.*)")`),
        [expected(server.www), expected(server.www), `File.${member} is read-only`],
      );
    },
  };
}
