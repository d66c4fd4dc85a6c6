import { deepEqual, equal } from "node:assert/strict";
import { TestServer } from "../script/support.ts";
import { type Rig, withServer } from "./support.ts";

/** Runs a test against a listener whose root application is this script. */
async function withScript(main: string, run: (rig: Rig, server: TestServer) => Promise<void>) {
  using server = new TestServer(main);
  const more = (hub: Rig["hub"]) => {
    hub.handler = server.scripts.handler;
    return {};
  };
  await withServer({ more }, (rig) => run(rig, server));
}

Deno.test("onConnection gets the query as a table, nothing without one", async () => {
  const main = `function onConnection(client, query, more)
    local given = mona:toJSON(query, more)
    function client:given() return given end
  end`;
  await withScript(main, async ({ ask }) => {
    const cases = [
      ["?mode=json", '[{"mode":"json"},null]'],
      ["?n=5&x=0.5&zip=007&on=true", '[{"n":5,"x":0.5,"zip":"007","on":true},null]'],
      ["", "[null,null]"],
      ["?", "[null,null]"],
      ["?word&a=1", '["word",{"a":1}]'],
    ];
    for (const [query, given] of cases) {
      const [text] = JSON.parse((await ask("GET", `/given${query}`)).text);
      deepEqual(JSON.parse(text), JSON.parse(given!), query);
    }
  });
});

/** What the cookie samples of MonaServer's tests do, in other words. */
const COOKIES = `function onConnection(client)
  function client:onMessage(wanted)
    local seen = {client["first"], client["second"], client["third"], client["Cookie"]}
    local refused = select("#", client.properties(), client.properties(""), client.properties(10),
      client.properties("none"))
    for _, cookie in ipairs(wanted) do
      local set = client.properties(cookie.key, cookie.value, cookie)
      seen[#seen + 1] = set == cookie.value and client[cookie.key] == cookie.value
    end
    client.writer:writeRaw("written before")
    return seen, refused
  end
end`;

Deno.test("a script sees cookies and their header, and sets others from a table of its own", async () => {
  await withScript(COOKIES, async ({ ask }) => {
    const cookie = "first=Marcel Pagnol; second=Charles-Pierre; third=one=1&two=2";
    const wanted = [
      { key: "c1", value: "text", expires: 86_400, secure: false, httponly: false, path: "/" },
      { key: "c2", value: 30, expires: 60, secure: true, httponly: true, path: "/test/test" },
    ];
    const headers = { "Content-Type": "application/json", Cookie: cookie };
    const answer = await ask("POST", "/", headers, JSON.stringify([wanted]));
    equal(answer.status, 200);
    deepEqual(JSON.parse(answer.text), [
      ["Marcel Pagnol", "Charles-Pierre", "one=1&two=2", cookie, true, true],
      4,
    ]);
    const set = answer.headers.get("set-cookie")?.split("\n");
    deepEqual(set?.map((header) => header.split("; ").sort()), [
      ["Expires=Fri, 02 Jan 2026 00:00:00 GMT", "Path=/", "c1=text"],
      ["Expires=Thu, 01 Jan 2026 00:01:00 GMT", "HttpOnly", "Path=/test/test", "Secure", "c2=30"],
    ]);
  });
});

Deno.test("headers are members in any case, and pairs lists them as they were sent", async () => {
  const main = `function onConnection(client)
    function client:seen()
      local all = {}
      for name, value in pairs(client.properties) do all[#all + 1] = name .. "=" .. value end
      return client["User-Agent"], client["user-agent"], client.host, client.HOST, all
    end
  end`;
  await withScript(main, async ({ ask }) => {
    const answer = await ask("GET", "/seen", { "User-Agent": "test", "X-Odd-Name": "7" });
    deepEqual(JSON.parse(answer.text), [
      "test",
      "test",
      "localhost",
      "localhost",
      ["host=localhost", "User-Agent=test", "X-Odd-Name=7"],
    ]);
  });
});
