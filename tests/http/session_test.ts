import { deepEqual, equal } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { readValues, writeValues } from "../../src/codecs/mod.ts";
import { type Handler, Hub, openHandler } from "../../src/hub/mod.ts";
import { silentLog as log } from "../../src/logs/mod.ts";
import { Outbox, WriteScheduler } from "../../src/net/mod.ts";
import { HttpSession } from "../../src/protocols/http/session.ts";
import { httpResources } from "../../src/server/http_resources.ts";
import { FREE_INPUT } from "../support/free_input.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";

const cases: [string, string, string, Record<string, string>][] = [
  ["PUT", "/a.txt", "kept", {}],
  ["PUT", "/a.txt", "kept", { "content-encoding": "gzip" }],
  ["POST", "/echo", "text", { "content-type": "text/plain" }],
  ["POST", "/", '["echo","value"]', { "content-type": "application/json" }],
];

for (const [method, target, text, fields] of cases) {
  const title = Object.values(fields)[0] ?? "a file";
  Deno.test(`a body outlives the bytes that it came in: ${method} of ${title}`, async () => {
    const www = await Deno.makeTempDir();
    const clock = new FakeClock();
    const hub = new Hub({ clock });
    const said: unknown[] = [];
    const handler: Partial<Handler> = {
      hasApplication: (path) => path === "",
      onWrite: () => true,
      hasMethod: (_client, name) => name === "echo",
      onCall: ({ name, args, reply }) => {
        const values = readValues(args);
        said.push(name, ...values);
        writeValues(reply(), ...values);
      },
    };
    hub.handler = { ...openHandler, ...handler };
    const answered = Promise.withResolvers<string>();
    const sink = {
      write: (bytes: Uint8Array) => {
        answered.resolve(new TextDecoder().decode(bytes));
        return Promise.resolve(bytes.length);
      },
      close: () => {},
    };
    const outbox = new Outbox(sink, new WriteScheduler(clock), clock, answered.reject);
    const common = { hub, clock, log, settings: HTTP_SETTINGS };
    const resources = httpResources({ ...common, www });
    const context = { ...common, resources, date: () => "today" };
    const connection = { remote: "127.0.0.1:1", local: "127.0.0.1:2", outbox, input: FREE_INPUT };
    const session = new HttpSession(context, connection, () => {});
    const body = fields["content-encoding"] === undefined ? encodeText(text) : await gzip(text);
    const head = [`${method} ${target} HTTP/1.1`, "host: x", `content-length: ${body.length}`];
    for (const [name, value] of Object.entries(fields)) head.push(`${name}: ${value}`);
    const input = new Uint8Array([...encodeText(`${head.join("\r\n")}\r\n\r\n`), ...body]);
    session.onData(input);
    input.fill(0x21);
    const status = (await answered.promise).slice(9, 12);
    if (method === "PUT") {
      equal(status, "201");
      equal(await Deno.readTextFile(`${www}/a.txt`), text);
    } else {
      equal(status, "200");
      deepEqual(said, ["echo", text.startsWith("[") ? "value" : text]);
    }
    session.onClosed(undefined);
    outbox.abort();
    await Deno.remove(www, { recursive: true });
  });
}

async function gzip(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
