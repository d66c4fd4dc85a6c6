/** The cases of the Autobahn test suite that concern a server without compression, byte by byte. */
import { deepEqual, equal } from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import { readValues, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import type { Handler } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { type RawClient, type RigOptions, until, withServer } from "../http/support.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";

const HANDSHAKE = "host: x\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
  "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

const echo: Partial<Handler> = {
  onCall: ({ name, args, reply }) => writeValues(reply(), name, ...readValues(args)),
};

function withSockets(handler: Partial<Handler>, run: Parameters<typeof withServer>[1]) {
  const options: RigOptions = {
    handler,
    more: (hub) => ({
      sockets: new WebSockets({
        hub,
        log: silentLog,
        settings: { ...SOCKET_SETTINGS, maxMessage: 70_000 },
      }),
    }),
  };
  return withServer(options, run);
}

async function open(client: RawClient, path = "/", headers = ""): Promise<void> {
  await client.send(`GET ${path} HTTP/1.1\r\n${HANDSHAKE}${headers}\r\n`);
  const { status } = await client.response();
  equal(status, 101);
}

/** A frame of a client: masked with zeros, so that its bytes are plain. */
function frame(first: number, payload: Uint8Array | string, mask = [0, 0, 0, 0]): Uint8Array {
  const bytes = typeof payload === "string" ? new TextEncoder().encode(payload) : payload;
  const size = bytes.length;
  const length = size < 126
    ? [0x80 | size]
    : size < 65_536
    ? [0xfe, size >> 8, size & 255]
    : [0xff, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255];
  return Uint8Array.of(first, ...length, ...mask, ...bytes.map((byte, at) => byte ^ mask[at % 4]!));
}

const from = (text: string) =>
  Uint8Array.from(text.match(/../g) ?? [], (digits) => parseInt(digits, 16));

const said = (value: string) => {
  const payload = new TextEncoder().encode(JSON.stringify(["", value]));
  return hex(Uint8Array.of(0x81, payload.length, ...payload));
};

/** Number of the Autobahn case, what it is about, frames sent, frames answered, whether it closes. */
const cases: [string, string, Uint8Array[], string, boolean][] = [
  ["1.1.1", "an empty text", [frame(0x81, "")], said(""), false],
  ["1.1.2", "a text of 90 characters", [frame(0x81, "*".repeat(90))], said("*".repeat(90)), false],
  ["1.1", "a masked text", [frame(0x81, "hello", [1, 2, 3, 4])], said("hello"), false],
  ["2.1", "a ping without payload", [frame(0x89, "")], "8a00", false],
  ["2.2", "a ping with payload", [frame(0x89, "ab")], "8a026162", false],
  ["2.4", "a ping of 125 bytes", [frame(0x89, "p".repeat(125))], `8a7d${"70".repeat(125)}`, false],
  ["2.5", "a ping of 126 bytes", [frame(0x89, "p".repeat(126))], "880203ea", true],
  ["2.7", "a pong nobody asked for", [frame(0x8a, "ab"), frame(0x89, "")], "8a00", false],
  ["3.1", "reserved bit 1", [frame(0xc1, "a")], "880203ea", true],
  [
    "3.2",
    "reserved bit 2 after a message",
    [frame(0x81, "a"), frame(0xa1, "a")],
    `${said("a")}880203ea`,
    true,
  ],
  ["3.4", "reserved bit 3", [frame(0x91, "a")], "880203ea", true],
  ["4.1.1", "reserved opcode 3", [frame(0x83, "")], "880203ea", true],
  ["4.1.5", "reserved opcode 7", [frame(0x87, "a")], "880203ea", true],
  ["4.2.1", "reserved opcode 11", [frame(0x8b, "")], "880203ea", true],
  ["5.1", "a fragmented ping", [frame(0x09, "a"), frame(0x80, "b")], "880203ea", true],
  ["5.3", "a text in two fragments", [frame(0x01, "ab"), frame(0x80, "cd")], said("abcd"), false],
  [
    "5.6",
    "a ping between fragments",
    [frame(0x01, "ab"), frame(0x89, "x"), frame(0x80, "cd")],
    `8a0178${said("abcd")}`,
    false,
  ],
  ["5.9", "a continuation of nothing", [frame(0x80, "a")], "880203ea", true],
  [
    "5.18",
    "a text within a fragmented text",
    [frame(0x01, "a"), frame(0x81, "b")],
    "880203ea",
    true,
  ],
  [
    "6.2",
    "UTF-8 cut between fragments",
    [
      frame(0x01, from("c3")),
      frame(0x80, from("a9")),
    ],
    said("é"),
    false,
  ],
  ["6.3", "text that is no UTF-8", [frame(0x81, from("c328"))], "880203ef", true],
  ["6.4", "text that ends within a character", [frame(0x81, from("e282"))], "880203ef", true],
  ["-", "a frame that is not masked", [from("810161")], "880203ea", true],
  ["7.1", "close with 1000", [frame(0x88, from("03e8"))], "880203e8", true],
  ["7.3.1", "close without a code", [frame(0x88, "")], "8800", true],
  ["7.3.2", "close with half a code", [frame(0x88, from("03"))], "880203ea", true],
  [
    "7.5.1",
    "close with a reason that is no UTF-8",
    [frame(0x88, from("03e8c328"))],
    "880203ef",
    true,
  ],
  ["7.7.12", "close with 3000", [frame(0x88, from("0bb8"))], "88020bb8", true],
  ["7.7.13", "close with 4999", [frame(0x88, from("1387"))], "88021387", true],
  ["7.9.1", "close with 999", [frame(0x88, from("03e7"))], "880203ea", true],
  ["7.9.4", "close with 1005", [frame(0x88, from("03ed"))], "880203ea", true],
];

for (const [number, about, frames, answer, isClosing] of cases) {
  const end = isClosing ? "and the connection" : "and goes on";
  Deno.test(`Autobahn ${number}: ${about} is answered as it should be ${end}`, async () => {
    await withSockets(echo, async ({ connect }) => {
      const client = await connect();
      await open(client);
      for (const bytes of frames) await client.send(bytes).catch(() => {});
      equal(hex(await client.bytes(answer.length / 2)), answer);
      if (isClosing) return equal(await client.rest(), "");
      await client.send(frame(0x89, "!"));
      equal(hex(await client.bytes(3)), "8a0121");
    });
  });
}

Deno.test("Autobahn 1.2.6: a binary message of 64 KiB arrives whole", async () => {
  let size = 0;
  const handler: Partial<Handler> = {
    onCall: ({ args }) => void (size = (readValues(args)[0] as string).length),
  };
  await withSockets(handler, async ({ connect }) => {
    const client = await connect();
    await open(client);
    await client.send(frame(0x82, new Uint8Array(65_536).fill(0x61)));
    await until(() => size === 65_536);
  });
});

Deno.test("a message over the limit, whole or in fragments, closes with 1009", async () => {
  const part = new Uint8Array(40_000);
  for (
    const frames of [[frame(0x82, new Uint8Array(70_001))], [frame(2, part), frame(0x80, part)]]
  ) {
    await withSockets(echo, async ({ connect }) => {
      const client = await connect();
      await open(client);
      for (const bytes of frames) await client.send(bytes);
      equal(hex(await client.bytes(4)).slice(4), "03f1");
    });
  }
});

Deno.test("a frame that announces too much is refused before it comes", async () => {
  for (const size of ["0000000000011171", "7fffffffffffffff", "ffffffffffffffff"]) {
    await withSockets(echo, async ({ connect }) => {
      const client = await connect();
      await open(client);
      await client.send(from(`82ff${size}00000000`));
      equal(hex(await client.bytes(4)), "880203f1");
      equal(await client.rest(), "");
    });
  }
});

Deno.test("every case is answered alike when its bytes come one by one", async () => {
  for (const [number, , frames, answer] of cases) {
    await withSockets(echo, async ({ connect }) => {
      const client = await connect();
      await open(client);
      for (const bytes of frames) {
        for (const byte of bytes) await client.send(Uint8Array.of(byte)).catch(() => {});
      }
      equal(hex(await client.bytes(answer.length / 2)), answer, number);
    });
  }
});

Deno.test("a handshake that is none is answered in HTTP, and no client is made of it", async () => {
  const handler: Partial<Handler> = {
    onConnection: () => {
      throw new Error("not to be asked");
    },
  };
  const shapes: [string, string, number][] = [
    ["sec-websocket-version: 13", "sec-websocket-version: 8", 426],
    ["sec-websocket-version: 13\r\n", "", 426],
    ["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "", 400],
    ["dGhlIHNhbXBsZSBub25jZQ==", "short", 400],
    ["connection: Upgrade", "connection: keep-alive", 400],
  ];
  await withSockets(handler, async ({ connect }) => {
    for (const [part, changed, status] of shapes) {
      const client = await connect();
      await client.send(`GET / HTTP/1.1\r\n${HANDSHAKE.replace(part, changed)}\r\n`);
      equal((await client.response()).status, status, changed);
    }
  });
});

Deno.test("a socket reaches the application of its path, with or without slash", async () => {
  const paths: string[] = [];
  const handler: Partial<Handler> = {
    hasApplication: (path) => ["", "/live", "/live/a"].includes(path),
    onConnection: ({ client }) =>
      void paths.push(`${client.protocol} ${client.path} ${client.properties.get("x")}`),
  };
  await withSockets(handler, async ({ connect }) => {
    for (const path of ["/", "/live", "/live/", "/live/a?x=1", "/live/other", "/other"]) {
      await open(await connect(), path, "cookie: x=0\r\n");
    }
    deepEqual(paths, [
      "WebSocket  0",
      "WebSocket /live 0",
      "WebSocket /live 0",
      "WebSocket /live/a 1",
      "WebSocket /live 0",
      "WebSocket  0",
    ]);
  });
});

Deno.test("what a script writes while the client connects arrives when the socket is open", async () => {
  const handler: Partial<Handler> = {
    onConnection: ({ client }) => client.writer.writeRaw(new ValueReader([]), () => from("0102")),
  };
  await withSockets(handler, async ({ connect, hub }) => {
    const client = await connect();
    await open(client);
    equal(hex(await client.bytes(4)), "82020102");
    client.close();
    await until(() => hub.clients.size === 0);
  });
});

Deno.test("a live publication plays in binary frames, and its player may leave", async () => {
  await withSockets({}, async ({ connect, hub }) => {
    const client = await connect();
    await open(client, "/test.flv");
    const publication = hub.publishFromScript("test")!;
    publication.video(1, Uint8Array.of(0x17, 0, 0, 0, 0));
    publication.flush();
    equal(hex(await client.bytes(15)), "820d464c5601010000000900000000");
    equal(hex(await client.bytes(22)), "82140900000500000100000000" + "1700000000" + "00000010");
    client.close();
    await until(() => publication.listeners.size === 0);
    hub.unpublish(publication);
  });
});
