/**
 * What a JSON call costs above the system: a session that gets its request from memory and whose
 * answer goes nowhere. deno bench -A bench/http_call.bench.ts
 */
import { systemClock as clock } from "../src/base/mod.ts";
import { encodeText } from "../src/bytes/mod.ts";
import { DiscardWriter } from "../src/codecs/discard_writer.ts";
import { JsonReader } from "../src/codecs/mod.ts";
import { loadConfig } from "../src/config/mod.ts";
import { silentLog as log } from "../src/logs/mod.ts";
import { ENDLESS_TURN, type TcpConnection } from "../src/net/mod.ts";
import type { Resource } from "../src/protocols/http/mod.ts";
import { HttpSession } from "../src/protocols/http/session.ts";
import { httpResources } from "../src/server/http_resources.ts";
import { serveScript } from "./lua_server.ts";

const { hub, www } = serveScript(
  "function onConnection(client)\n  function client:echo(...) return ... end\nend\n",
);
const { HTTP, lua: { maxText } } = loadConfig().config;
const settings = { ...HTTP, maxText, maxRequests: 0 };
const date = "Sun, 06 Nov 1994 08:49:37 GMT";

const call = encodeText('["echo",{"name":"value","count":1}]');
const request = (more: string) =>
  encodeText(
    "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
      `${more}content-length: ${call.length}\r\n\r\n${new TextDecoder().decode(call)}`,
  );

/** A session whose answers are counted, and given what it is asked. */
function connect(resources: readonly Resource[]): (bytes: Uint8Array) => void {
  let answers = 0;
  const connection = {
    remote: "127.0.0.1:1",
    local: "127.0.0.1:80",
    outbox: { send: () => void answers++, end() {}, isBusy: false },
    input: { pause() {}, resume() {} },
  } as unknown as TcpConnection;
  const session = new HttpSession(
    { hub, clock, log, settings, resources, date: () => date },
    connection,
    () => {},
  );
  return (bytes) => {
    const before = answers;
    session.onData(bytes, ENDLESS_TURN);
    if (answers !== before + 1) throw new Error("no answer");
  };
}

const ask = connect(httpResources({ hub, clock, log, settings, www }));
const same = request("");
Deno.bench("a call", { group: "JSON call", baseline: true }, () => ask(same));

const others = [request("x-id: 1\r\n"), request("x-id: 2\r\n")];
let turn = 0;
Deno.bench("a call whose head is another one each time", { group: "JSON call" }, () => {
  ask(others[turn ^= 1]!);
});

const body = encodeText('[{"name":"value","count":1}]');
const askFixed = connect([{
  wants: () => true,
  respond: (request) => ({
    status: 200,
    headers: request.headers(["content-type", "application/json"], ["cache-control", "no-store"]),
    body,
  }),
}]);
Deno.bench("its head and an answer that is there", { group: "JSON call" }, () => askFixed(same));

Deno.bench("its JSON, read alone", { group: "JSON call" }, () => {
  new JsonReader(call).read(new DiscardWriter());
});
