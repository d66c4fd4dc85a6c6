import { equal, notEqual } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { SharedResponse } from "../../src/protocols/http/mod.ts";
import { withResources } from "./resources.ts";

const BODY = "what many ask for";

function shared(body = BODY): SharedResponse {
  return new SharedResponse(200, [["content-type", "text/plain"]], encodeText(body));
}

Deno.test("an answer for many is framed once, and anew when its date is another", () => {
  const response = shared();
  const framed = response.framed("Thu, 01 Jan 1970 00:00:00 GMT");
  equal(response.framed("Thu, 01 Jan 1970 00:00:00 GMT"), framed);
  const later = response.framed("Thu, 01 Jan 1970 00:00:01 GMT");
  notEqual(later, framed);
  const text = new TextDecoder().decode(later);
  equal(text.includes("date: Thu, 01 Jan 1970 00:00:01 GMT\r\n"), true);
  equal(text.endsWith(`\r\n\r\n${BODY}`), true);
});

Deno.test("an answer for many is the answer of each, with the time of each", async () => {
  const response = shared();
  const resource = { wants: () => true, respond: () => response };
  await withResources([resource], async (client, clock) => {
    for (let count = 0; count < 3; count++) {
      const { status, text, headers } = await client.ask("GET", "/");
      const date = new Date(Math.floor(clock.epoch() / 1000) * 1000).toUTCString();
      equal(`${status} ${text} ${headers.get("date")}`, `200 ${BODY} ${date}`);
      equal(headers.get("content-length"), String(BODY.length));
      clock.advance(700);
    }
    const head = await client.ask("HEAD", "/");
    equal(`${head.headers.get("content-length")} ${head.text}`, `${BODY.length} `);
  });
});

Deno.test("an answer for many tells who asks for it last that the connection ends", async () => {
  const response = shared();
  const resource = { wants: () => true, respond: () => response };
  await withResources([resource], async (client) => {
    equal((await client.ask("GET", "/")).headers.get("connection"), undefined);
    const last = await client.ask("GET", "/", { connection: "close" });
    equal(`${last.headers.get("connection")} ${last.text}`, `close ${BODY}`);
    equal(await client.rest(), "");
  });
});
