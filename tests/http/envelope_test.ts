import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { fromHex, hex, ProtocolError } from "../../src/bytes/mod.ts";
import { readValues, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { isEnvelope, readEnvelope } from "../../src/protocols/http/envelope.ts";
import { plain } from "../support/flash_peer.ts";
import { withServer } from "./support.ts";

const handler: Partial<Handler> = {
  hasApplication: (path) => path === "/app",
  onCall({ client, name, args, reply }) {
    if (name === "echo") return void args.read(reply());
    if (name === "two") return writeValues(reply(), 1, ...readValues(args));
    if (name === "both") {
      client.writer.writeMessage(new ValueReader(["before"]));
      client.writer.writeRaw(new ValueReader([]), () => Uint8Array.of(0x68));
      return writeValues(reply(), ...readValues(args));
    }
    if (name === "raw") {
      return client.writer.writeRaw(new ValueReader([]), () => Uint8Array.of(0x68, 0x69));
    }
    if (name === "status") return client.writer.writeStatus("Call.Custom", "no");
    if (name === "none") return;
    throw new Refusal("Call.Failed", `no ${name}`, { reason: "missing" });
  },
};

const encoder = new TextEncoder();
const text = (value: string) =>
  encoder.encode(value).length.toString(16).padStart(4, "0") + hex(encoder.encode(value));
const u32 = (value: number) => value.toString(16).padStart(8, "0");
const message = (target: string, response: string, body: string, length = body.length / 2) =>
  text(target) + text(response) + u32(length) + body;

/** Written by hand from AMF0 specification §4.1: one call `echo("hi")` in a strict array. */
const CALL = "0000" + "0000" + "0001" + "0008" + "6170702f6563686f" + "0002" + "2f31" +
  "0000000a" + "0a00000001" + "0200026869";

const headers = { "content-type": "application/x-amf" };

Deno.test("a packet names its calls, their responses and arguments", () => {
  const packet = readEnvelope(fromHex(CALL)!);
  equal(packet.version, 0);
  deepEqual(packet.messages.map(({ method, args }) => [method, args]), [["echo", ["hi"]]]);
  equal(hex(packet.messages[0]!.response), "2f31");
});

Deno.test("a packet cut at any byte is refused, one with more bytes too", () => {
  const bytes = fromHex(CALL)!;
  for (let length = 0; length < bytes.length; length++) {
    throws(() => readEnvelope(bytes.subarray(0, length)), ProtocolError, `${length} bytes`);
  }
  throws(() => readEnvelope(fromHex(CALL + "00")!), /behind the last message/);
});

Deno.test("lengths that disagree with the values are refused", () => {
  const packet = (count: string, rest: string) => fromHex("00000000" + count + rest)!;
  throws(
    () => readEnvelope(packet("0001", message("a", "/1", "0505"))),
    /behind a message's value/,
  );
  throws(() => readEnvelope(packet("0001", message("a", "/1", ""))), /without a value/);
  throws(() => readEnvelope(packet("0001", message("a", "/1", "05", 0xfffffffe))), ProtocolError);
  const calls = (count: number) =>
    packet(count.toString(16).padStart(4, "0"), message("a", "/1", "05").repeat(count));
  equal(readEnvelope(calls(256)).messages.length, 256);
  throws(() => readEnvelope(calls(257)), /257 messages, more than 256/);
  const unknown = message("a", "/1", "05", 0xffffffff);
  deepEqual(readEnvelope(packet("0001", unknown)).messages[0]!.args, [null]);
  throws(() => readEnvelope(packet("0002", unknown + unknown)), /4294967295/);
  const response = (length: number) => packet("0001", message("a", "/".repeat(length), "05"));
  const longest = 0xffff - "/onResult".length;
  equal(readEnvelope(response(longest)).messages[0]!.response.length, longest);
  throws(() => readEnvelope(response(longest + 1)), /response URI too long/);
  throws(() => readEnvelope(fromHex("0001" + CALL.slice(4))!), /version 1/);
});

Deno.test("headers are read with their values, if those can be", () => {
  const one = (body: string, length = u32(body.length / 2)) =>
    fromHex("0003" + "0001" + text("h") + "01" + length + body + CALL.slice(8))!;
  const read = (packet: Uint8Array) => {
    const { headers, messages } = readEnvelope(packet);
    deepEqual(messages[0]!.args, ["hi"]);
    return headers;
  };
  const header = { name: "h", mustUnderstand: true };
  deepEqual(read(one("05")), [{ ...header, value: null }]);
  deepEqual(read(one("02000161", "ffffffff")), [{ ...header, value: "a" }]);
  deepEqual(read(one("0b0b")), [{ ...header, value: null }]);
  const many = (count: number) =>
    fromHex(
      "0003" + count.toString(16).padStart(4, "0") + one("05").toHex().slice(8, 26)
        .repeat(count) +
        CALL.slice(8),
    )!;
  equal(readEnvelope(many(32)).headers.length, 32);
  throws(() => readEnvelope(many(33)), /33 headers, more than 32/);
});

Deno.test("bare values that begin with a number are no packet", () => {
  const bare = ["000000000000000000", "003ff0000000000000", "0200026869", "03000009", ""];
  for (const body of bare) equal(isEnvelope(fromHex(body)!), false, body);
  for (const body of [CALL, "000300000001", "000000000100", "000000010000", "000001000000"]) {
    equal(isEnvelope(fromHex(body)!), true, body);
  }
});

Deno.test("POST of a packet answers each call in order, with errors as onStatus", async () => {
  await withServer({ handler }, async ({ ask }) => {
    const one = await ask("POST", "/app", headers, fromHex(CALL)!);
    equal(one.status, 200);
    equal(one.headers.get("content-type"), "application/x-amf");
    equal(one.headers.get("cache-control"), "no-store");
    const result = message("/1/onResult", "null", "0200026869");
    equal(hex(one.bytes), "0000" + "0000" + "0001" + result);

    const calls = message("s.two", "/1", "0a00000001" + "05") + message("s.gone", "/2", "05") +
      message("status", "/3", "05") + message("none", "/4", "0a00000000");
    const several = await ask("POST", "/app", headers, fromHex("0000" + "0000" + "0004" + calls)!);
    equal(several.status, 200);
    match(
      several.text,
      /\/1\/onResult.*\/2\/onStatus.*Call\.Failed.*no gone.*\/3\/onStatus.*Call\.Custom.*\/4\/onResult/s,
    );
    const first = message("/1/onResult", "null", "0a00000002" + "003ff0000000000000" + "05");
    equal(hex(several.bytes).startsWith("0000" + "0000" + "0004" + first), true);
    equal(hex(several.bytes).endsWith(message("/4/onResult", "null", "05")), true);

    const both = message("both", "/1", "0a00000001" + "0200026869");
    const alone = await ask("POST", "/app", headers, fromHex("0000" + "0000" + "0001" + both)!);
    equal(hex(alone.bytes), "0000" + "0000" + "0001" + result);
  });
});

Deno.test("a packet that cannot be read is answered by a packet, and none of its calls runs", async () => {
  const called: string[] = [];
  const counting: Partial<Handler> = {
    ...handler,
    onCall: ({ name }) => void called.push(name),
  };
  await withServer({ handler: counting }, async ({ ask }) => {
    const status = (response: string, words: RegExp) => ({ response, words });
    const two = message("a", "/1", "05") + message("b", "/7", "05");
    const cases: [body: string, version: string, ...{ response: string; words: RegExp }[]][] = [
      [CALL.slice(0, 40), "0000", status("/1", /bytes wanted/)],
      // Cut before its first response URI.
      [CALL.slice(0, 24), "0000", status("/1", /bytes wanted/)],
      ["0003" + "0001" + text("h") + "01" + "00000001" + "05" + CALL.slice(8), "0003", {
        response: "/1",
        words: /header h is not known/,
      }],
      // As the packet of a login from Flash: others follow the one that is not known.
      [
        "0003" + "0003" + text("login") + "01" + "00000002" + "0101" +
        text("Credentials") + "00" + "00000004" + "110a0b01" +
        text("signature") + "00" + "00000004" + "02000161" + CALL.slice(8),
        "0003",
        { response: "/1", words: /header login is not known/ },
      ],
      // The value of a header whose length is unknown is passed over as well.
      [
        "0000" + "0001" + text("h") + "01" + "ffffffff" + "020001aa" + "0001" +
        message("a", "/9", "05"),
        "0000",
        status("/9", /header h is not known/),
      ],
      ["0000" + "0000" + "0001" + message("a", "/3", "0505"), "0000", {
        response: "/3",
        words: /behind a message's value/,
      }],
      [
        "0000" + "0000" + "0002" + two + "00",
        "0000",
        ...["/1", "/7"].map((response) => {
          return status(response, /bytes behind the last message/);
        }),
      ],
      [
        "0000" + "0000" + "0003" + two,
        "0000",
        ...["/1", "/7"].map((response) => {
          return status(response, /bytes wanted/);
        }),
      ],
    ];
    for (const [body, version, ...answers] of cases) {
      const response = await ask("POST", "/app", headers, fromHex(body)!);
      equal(response.status, 200, body);
      equal(response.headers.get("content-type"), "application/x-amf");
      const count = answers.length.toString(16).padStart(4, "0");
      equal(hex(response.bytes.subarray(0, 6)), version + "0000" + count, body);
      for (const { response: uri, words } of answers) {
        ok(hex(response.bytes).includes(text(`${uri}/onStatus`) + text("null")), body);
        match(response.text, words);
      }
      match(response.text, /NetConnection\.Call\.BadVersion/);
    }
    deepEqual(called, []);
  });
});

Deno.test("a packet of version 3 has AMF3 values both ways", async () => {
  await withServer({ handler }, async ({ ask }) => {
    // An AMF3 object {a: 1} (AMF3 specification §3.12) as the only argument.
    const object = "110a0b01" + "0361" + "0401" + "01";
    const body = "0003" + "0000" + "0001" + message("echo", "/1", "0a00000001" + object);
    const answer = await ask("POST", "/app", headers, fromHex(body)!);
    equal(hex(answer.bytes), "000300000001" + message("/1/onResult", "null", object));
    const raw = "0003" + "0000" + "0001" + message("raw", "/1", "0a00000000");
    const bytes = await ask("POST", "/app", headers, fromHex(raw)!);
    equal(hex(bytes.bytes), "000300000001" + message("/1/onResult", "null", "110c056869"));
  });
});

/** A header with AMF0 values. */
const head = (name: string, value: string, must = "00") =>
  text(name) + must + u32(value.length / 2) + value;
const packet = (headers: string[], ...messages: string[]) =>
  fromHex(
    "0000" + headers.length.toString(16).padStart(4, "0") + headers.join("") +
      messages.length.toString(16).padStart(4, "0") + messages.join(""),
  )!;

Deno.test("a header that names a method calls it before the packet's calls", async () => {
  const called: unknown[] = [];
  const understanding: Partial<Handler> = {
    ...handler,
    hasMethod: (_client, name) => name === "Credentials",
    onCall: ({ name, args, client }) => {
      called.push([name, plain(readValues(args))]);
      if (name !== "Credentials") return;
      const { userid } = called.length > 2 ? { userid: "" } : { userid: client.id };
      if (userid === "") throw new Refusal("Call.Failed", "who is it?");
    },
  };
  await withServer({ handler: understanding }, async ({ ask }) => {
    // {userid: "Ann"}
    const who = "03" + text("userid") + "02" + text("Ann") + "000009";
    const body = packet([head("Credentials", who, "01")], message("a", "/1", "05"));
    const first = await ask("POST", "/app", headers, body);
    deepEqual(called, [["Credentials", [{ userid: "Ann" }]], ["a", [null]]]);
    match(first.text, /\/1\/onResult/);
    const more = message("a", "/1", "05") + message("b", "/2", "05");
    const refused = await ask(
      "POST",
      "/app",
      headers,
      fromHex("0000" + "0001" + head("Credentials", who) + "0002" + more)!,
    );
    match(refused.text, /\/1\/onStatus.*who is it\?.*\/2\/onStatus.*who is it\?/s);
    deepEqual(called.slice(2).map((call) => (call as unknown[])[0]), ["Credentials"]);
  });
});

Deno.test("headers of one text, number or boolean are properties of the client", async () => {
  let seen: unknown[] = [];
  const looking: Partial<Handler> = {
    ...handler,
    onCall: ({ client: { properties } }) => {
      seen = ["session", "n", "b", "o", "k"].map((name) => properties.get(name));
      deepEqual([...properties].filter(([name]) => name === "n" || name === "o"), [["n", "1"]]);
    },
  };
  await withServer({ handler: looking }, async ({ ask }) => {
    const body = packet([
      head("session", "02" + text("abc")),
      head("n", "003ff0000000000000"),
      head("b", "0101"),
      head("o", "03000009"),
      head("k", "02" + text("header")),
    ], message("a", "/1", "05"));
    await ask("POST", "/app?k=query", headers, body);
    deepEqual(seen, ["abc", "1", "true", undefined, "query"]);
  });
});

Deno.test("a call of the movie's functions is a header of the answer", async () => {
  const calling: Partial<Handler> = {
    ...handler,
    onCall: ({ client: { writer }, reply }) => {
      writer.writeInvocation("AppendToGatewayUrl", new ValueReader(["?s=1"]));
      writer.writeInvocation("two", new ValueReader([1, 2]));
      writeValues(reply(), "result");
    },
  };
  await withServer({ handler: calling }, async ({ ask }) => {
    const { bytes } = await ask("POST", "/app", headers, packet([], message("a", "/1", "05")));
    equal(
      hex(bytes),
      "0000" + "0002" + head("AppendToGatewayUrl", "02" + text("?s=1")) +
        head("two", "0a00000002" + "003ff0000000000000" + "004000000000000000") +
        "0001" + message("/1/onResult", "null", "02" + text("result")),
    );
  });
});
