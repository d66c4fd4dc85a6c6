import { equal } from "node:assert/strict";
import { binaryText, encodeText } from "../../src/bytes/mod.ts";
import { Redactor } from "../../src/logs/redactor.ts";
import { startLogs } from "../../src/logs/mod.ts";
import { dumpsOf } from "../support/dumps.ts";

const none = new Redactor([]);

const texts: [name: string, text: string, expected: string][] = [
  ["a stream key", "publishes live/test?key=CANARY", "publishes live/test?key=***"],
  ["each value of a query", "rtmp://a/b?x=CANARY&y=CANARY: no", "rtmp://a/b?x=***&y=***: no"],
  ["a value before a quote", `"a?k=CANARY" is bad`, `"a?k=***" is bad`],
  ["a value without a name", "a?=CANARY is no name", "a?=*** is no name"],
  ["a value of a list", "a?a[b]=CANARY&c[]=CANARY", "a?a[b]=***&c[]=***"],
  ["a value in quotes", `a?key="CAN ARY" is bad`, "a?key=*** is bad"],
  ["a login", "nats://me:CANARY@host:4222 is lost", "nats://***@host:4222 is lost"],
  ["a login without name", "push rtmp://CANARY@h/a", "push rtmp://***@h/a"],
];
for (const [name, text, expected] of texts) {
  Deno.test(`a line does not show ${name}`, () => equal(none.text(text), expected));
}

Deno.test("a line that holds no secret stays as it is", () => {
  const line = "www/main.lua:3: 1 + 1 = 2? a@b.example asked http://host:80/a?b";
  equal(none.text(line), line);
});

Deno.test("a secret of the settings is hidden wherever it stands", () => {
  const redactor = new Redactor(["CANARY", "a.b*c"]);
  equal(redactor.text("no CANARY, no a.b*c, axbbc"), "no ***, no ***, axbbc");
});

Deno.test("a secret that became known later is hidden, unless it is a part of any word", () => {
  const redactor = new Redactor(["CANARY"]);
  redactor.hide(["CANARYBIRD", "bird"]);
  equal(redactor.text("a CANARYBIRD, a CANARY, a bird"), "a ***, a ***, a bird");
});

/** What the dumps of these pieces show, joined. */
function dumped(redactor: Redactor, ...pieces: string[]): string {
  let isOpen = false;
  return pieces.map((piece) => {
    const result = redactor.bytes(Uint8Array.from(piece, (sign) => sign.charCodeAt(0)), isOpen);
    isOpen = result.isOpen;
    return binaryText(result.bytes);
  }).join("");
}

const wires: [name: string, pieces: string[], expected: string][] = [
  [
    "in an AMF string",
    ["\x02\x00\x0ba?key=CANARY\x02\x00\x04live"],
    "\x02\x00\x0ba?key=******\x02\x00\x04live",
  ],
  ["that is cut by a chunk", ["a?key=CAN\xc3ARY\x05"], "a?key=*******\x05"],
  ["that is cut by a chunk of a large id", ["a?key=CAN\xc0\x01ARY\x05"], "a?key=********\x05"],
  ["whose name is cut by a chunk", ["a?k\xc3ey=CANARY\x05"], "a?k\xc3ey=******\x05"],
  ["that is cut by a packet", ["a?key=CAN", "ARY\x02&b=1"], "a?key=******\x02&b=*"],
  ["that is cut twice", ["a?key=C", "ANA", "RY\x00x"], "a?key=******\x00x"],
  ["without a name", ["\x02\x00\x09a?=CANARY\x05"], "\x02\x00\x09a?=******\x05"],
  ["of a list", ["a?b=x&a[b]=CANARY\x05"], "a?b=*&a[b]=******\x05"],
  ["in quotes", ['a?key="CANARY"\x05'], 'a?key=*******"\x05'],
  ["with a space", ["a?key=CAN ARY\x05"], "a?key=*******\x05"],
  ["of a request", ["GET /a?key=CAN HTTP/1.1\r\nHost: b"], "GET /a?key=*** HTTP/1.1\r\nHost: b"],
  ["that the next packet begins with", ["a?key=", "CANARY\x05"], "a?key=******\x05"],
  ["in a form", ["password=CANARY&a=CANARY"], "password=******&a=******"],
  [
    "of a header that lets in",
    ["GET / HTTP/1.1\r\nauthorization: Basic QU5BUlk=\r\nHost: b"],
    "GET / HTTP/1.1\r\nauthorization: **************\r\nHost: b",
  ],
  [
    "of such a header, cut",
    ["Authorization: Bearer CAN", "ARY\r\nA: b"],
    "Authorization: *************\r\nA: b",
  ],
  [
    "of a cookie, which lets in too",
    ["Set-Cookie: a=CANARY; path=/\r\nB: c", "Cookie: a=CANARY\r\n"],
    "Set-Cookie: ****************\r\nB: cCookie: ********\r\n",
  ],
  ["in a login", ["rtmp://me:CANARY@host/a"], "rtmp://*********@host/a"],
];
for (const [name, pieces, expected] of wires) {
  Deno.test(`a dump does not show a value ${name}`, () => {
    equal(dumped(none, ...pieces), expected);
  });
}

Deno.test("a dump goes on as it is after a packet without a secret", () => {
  equal(dumped(none, "a?key=x\x00", "CANARY"), "a?key=*\x00CANARY");
});

Deno.test("a dump hides secrets of the settings", () => {
  equal(dumped(new Redactor(["CANARY"]), "AUTH CANARY\r\n"), "AUTH ******\r\n");
});

Deno.test("a dump hides a secret that is not ASCII", () => {
  const { bytes } = new Redactor(["schlüssel"]).bytes(encodeText("AUTH schlüssel."));
  equal(binaryText(bytes), "AUTH **********.");
});

Deno.test("a dump of any bytes takes no longer than they are many", () => {
  for (const piece of ["\xc0a", "\xc0", "\xc1\xc0", "\xc1", "\xff"]) {
    const wire = `?${piece.repeat(2000)}`;
    equal(dumped(none, wire), wire);
  }
});

Deno.test("a secret that begins in what a dump leaves out does not go on in the next one", async () => {
  const dumps = await dumpsOf((log) => {
    log.dump("received", encodeText(`${"x ".repeat(3_000)}a?key=CAN`));
    log.dump("received", encodeText("ARY b"));
  });
  equal(dumps[1], "received: ***** ".trimEnd());
});

Deno.test("no level, no dump and no file shows a secret", async () => {
  const directory = await Deno.makeTempDir();
  let said = "";
  const logs = await startLogs({
    level: "TRACE",
    dump: true,
    directory,
    name: "log",
    rotation: 2,
    maxSize: 1_000_000,
    secrets: ["CANARY"],
    console: { colour: false, write: (text) => said += text },
  });
  const log = logs.logger("rtmp").child("127.0.0.1:5");
  log.trace("secret is CANARY");
  log.error("rtmp://h/a?k=CANARY");
  log.dump("received", encodeText("publish a?key=CAN"));
  log.dump("sent", encodeText("ok"));
  log.dump("received", encodeText("ARY CANARY"));
  await logs.stop();
  const text = said + await Deno.readTextFile(`${directory}/log`);
  await Deno.remove(directory, { recursive: true });
  equal(text.match(/CANARY|CAN|ARY|43 41 4e|41 52 59/)?.[0], undefined, text);
  equal(text.split("\n").length, said.split("\n").length * 2 - 1);
});
