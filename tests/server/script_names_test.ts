import { deepEqual, ok } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { checkScriptNames } from "../../src/server/mod.ts";

/** What is said of files by path, or of one `main.lua`: `path:line: message`. */
function warnings(files: string | Record<string, string>): string[] {
  const named = typeof files === "string" ? { "main.lua": files } : files;
  const scripts = Object.entries(named).map(([path, text]) => ({ path, source: encodeText(text) }));
  const single = typeof files === "string";
  return checkScriptNames(scripts).map(({ path, line, message }) =>
    `${single ? "" : `${path}:`}${line}: ${message}`
  );
}

Deno.test("a misspelt event is named, with the one that was meant", () => {
  deepEqual(
    warnings(`function onPublsh(client, publication) end
      function OnConnection(client)
        function client:onMesage(...) end
      end
      function onTheMove() end`),
    [
      '1: "onPublsh" is not an event and is never called; did you mean "onPublish"?',
      '2: "OnConnection" is not an event and is never called; did you mean "onConnection"?',
    ],
  );
  deepEqual(
    warnings(`function onConnection(client)
      function client:onMesage(...) end
    end`),
    ['2: "onMesage" is not an event and is never called; did you mean "onMessage"?'],
  );
});

Deno.test("a member that no object has is named, whatever way the object came", () => {
  deepEqual(
    warnings(`mona:addToBlackList("1.2.3.4")
      local writers = {}
      function onConnection(client)
        local writer = client.writer
        writers[client.id] = writer
        writer:writeMesage("x")
        function client:tell(text)
          writer:clsoe() self.writer:flsh()
          for _, other in pairs(mona.clients) do other.writer:writeInvocatoin(text) end
        end
      end
      function onPublish(client, publication)
        INFO(publication.publisherID, client.whoever, client:whatever())
      end
      local mine = mona:publish("mine")
      mine:pushPicture(0, "")
      return ("x"):uper(), os.tme(), mona.publicatons.x`),
    [
      '1: mona has no member "addToBlackList"; did you mean "addToBlacklist"?',
      '6: FlowWriter has no member "writeMesage"; did you mean "writeMessage"?',
      '8: FlowWriter has no member "clsoe"; did you mean "close"?',
      '8: FlowWriter has no member "flsh"; did you mean "flush"?',
      '9: undefined function "writeInvocatoin"; did you mean "writeInvocation"?',
      '13: publication has no member "publisherID"; did you mean "publisherId"?',
      '13: client has no member "whatever"',
      '16: publication has no member "pushPicture"',
      '17: string has no member "uper"; did you mean "upper"?',
      '17: os has no member "tme"; did you mean "time"?',
      '17: mona has no member "publicatons"; did you mean "publications"?',
    ],
  );
});

Deno.test("a global that no application defines is named, however deep it stands", () => {
  deepEqual(
    warnings({
      "main.lua": "total = 0 function onManage() return function() totl = nil toatl() end end",
      "games/main.lua": "total = total + 1 super.nothing() INFO(games, lobby.open, www, path)",
      "games/lobby/main.lua": `local function helper() end
        local lib = dofile("lib.lua")
        hepler()
        prnt(lib, games.lobby)`,
      "games/lib.lua": "open = true",
    }),
    [
      'main.lua:1: undefined global "toatl"; did you mean "total"?',
      'games/main.lua:1: undefined global "nothing"',
      'games/lobby/main.lua:3: undefined global "hepler"',
      'games/lobby/main.lua:4: undefined global "prnt"; did you mean "print"?',
    ],
  );
});

Deno.test("what a script asks for, or defines where no text shows it, is no slip", () => {
  for (
    const code of [
      "if plugin then plugin.start() end",
      "local count = settings and settings.count or 5",
      `if type(hook) == "function" then hook() end`,
      "for name, value in pairs({a = 1}) do _G[name] = value end return a",
      `setmetatable(_G, {__index = function() return 5 end}) return anything`,
      `rawset(_G, "x", 5) return x`,
      `setfenv(1, {y = 5}) return y`,
      `loadstring("z = 5")() return z`,
      `local sql = require("luasql.mysql") return env, sql:connect()`,
      `function onConnection(client, first, ...) client.first = first return client.other end`,
      "function onConnection(client) for _, name in pairs({'f'}) do client[name] = function() end " +
      "end client.f() end local o = {} o.x = o:g()",
      "function string.trim(s) return s end return (' x'):trim(), string.trim('')",
      "clients = {} clients.count = 5 return clients.anything",
      "local data = mona:fromJSON('{}') return data.a.b.c, data[1].x",
      "function onTypedObject(type, object) function object:__readExternal(r) r:readU29() end end",
      "local f = io.open('x') f:write('') f:setvbuf('no') for l in f:lines() do print(l) end f:close()",
      "local m <const>, n <close> = 1, nil goto done do local k = m // 2 | 3 end ::done:: return n",
    ]
  ) deepEqual(warnings(code).filter((line) => !line.includes('"readU29"')), [], code);
});

Deno.test("a name that stands in several lines is said once, at the first", () => {
  deepEqual(warnings("prnt(1) prnt(2)\nprnt(3)\n\nprnt(4) zzzzz()"), [
    '1: undefined global "prnt"; did you mean "print"? (in 3 lines)',
    '4: undefined global "zzzzz"',
  ]);
});

Deno.test("what one application makes as it runs is no excuse for the others", () => {
  deepEqual(
    warnings({
      "main.lua": "one()",
      "sql/main.lua": `require("luasql.mysql") two()`,
      "sql/below/main.lua": "three()",
      "sqlite/main.lua": "four()",
    }),
    [
      'main.lua:1: undefined global "one"',
      'sqlite/main.lua:1: undefined global "four"',
    ],
  );
});

Deno.test("a file that does not compile leaves only doubts about the others' own names", () => {
  deepEqual(
    warnings({ "main.lua": "mona:tiem() x:nothing()", "lib.lua": "local = 5" }),
    [
      'main.lua:1: mona has no member "tiem"; did you mean "time"?',
      'main.lua:1: undefined global "x"',
    ],
  );
});

Deno.test("no shipped script and no example of the documentation has a doubtful name", () => {
  const root = new URL("../../", import.meta.url);
  const read = (path: string) => Deno.readTextFileSync(new URL(path, root));
  const shipped = ["main.lua", "chat/main.lua", "live/main.lua"];
  deepEqual(warnings(Object.fromEntries(shipped.map((path) => [path, read(`www/${path}`)]))), []);
  const pages = ["README.md"];
  for (const { name } of Deno.readDirSync(new URL("docs/", root))) pages.push(`docs/${name}`);
  let count = 0;
  for (const page of pages) {
    const blocks = [...read(page).matchAll(/^```lua\n([^]*?)^```$/gm)].map(([, code = ""]) => code)
      .filter((code) => !code.startsWith("{"));
    count += blocks.length;
    const files = Object.fromEntries(blocks.map((code, index) => [`${index}.lua`, code]));
    // A function that the page leaves to its reader.
    const own = 'undefined global "newKey"';
    deepEqual(warnings(files).filter((line) => !line.endsWith(own)), [], page);
  }
  ok(count > 10, `only ${count} examples`);
});

Deno.test("what scripts wait for is known, and what is near to it", () => {
  deepEqual(
    warnings(`mona:wiat(1)
      local timer = mona:every(1000, function() mona:fetch("http://a/") end)
      timer:cancle()
      mona:verifyJwt(mona:hmac("a", "b"), mona:random(1))`),
    [
      '1: mona has no member "wiat"; did you mean "wait"?',
      '3: timer has no member "cancle"; did you mean "cancel"?',
      '4: mona has no member "verifyJwt"; did you mean "verifyJWT"?',
    ],
  );
});
