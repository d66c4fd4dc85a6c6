import { ByteWriter, encodeText } from "../../../src/bytes/mod.ts";
import { connected, type Connection } from "../connection.ts";
import {
  anyApp,
  anyName,
  aWhile,
  FILM,
  frames,
  type Kind,
  pause,
  type Ports,
  random,
  SILENCE,
} from "../visit.ts";
import { flvHead, tag } from "./http.ts";

const UPGRADE = "Host: soak\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const TEXT = 0x81;
const BINARY = 0x82;
const CLOSE = 0x88;

/** A frame as a client sends it, with a mask of zeros. */
function frame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const out = new ByteWriter(length + 16).u8(first);
  if (length < 126) out.u8(0x80 | length);
  else out.u8(0xfe).u16(length);
  return out.u32(0).bytes(payload).take();
}

/** Half of the sockets are closed as they should be, half are cut. */
function visit(
  port: number,
  path: string,
  does: (connection: Connection) => Promise<void>,
): Promise<void> {
  return connected(port, async (connection) => {
    await connection.write(encodeText(`GET ${path} HTTP/1.1\r\n${UPGRADE}`));
    const answer = await connection.readTo("\r\n\r\n");
    if (!answer.startsWith("HTTP/1.1 101 ")) throw new Error(answer.split("\r\n")[0]);
    await does(connection);
    if (random(2) === 0) await connection.write(frame(CLOSE, Uint8Array.of(3, 232)));
  });
}

const say = (connection: Connection, ...values: unknown[]) =>
  connection.write(frame(TEXT, encodeText(JSON.stringify(values))));

function caller({ http }: Ports): Promise<void> {
  return visit(http, `/${anyApp()}/`, async (connection) => {
    connection.drain();
    await say(connection, "enter", anyName());
    for (let i = 0; i < 10; i++) await say(connection, "echo", i, { list: [i, "text"] });
    await say(connection, "say", "hello");
    await aWhile();
  });
}

function player({ http }: Ports): Promise<void> {
  return visit(http, `/live/${FILM}.flv`, async (connection) => {
    connection.drain();
    await aWhile();
  });
}

function publisher({ http }: Ports): Promise<void> {
  return visit(http, `/${anyApp()}/`, async (connection) => {
    connection.drain();
    await say(connection, "__publish", anyName());
    await connection.write(frame(BINARY, flvHead()));
    await frames((index) => connection.write(frame(BINARY, tag(index))));
    if (random(3) === 0) await pause(SILENCE);
  });
}

/** Plays, and reads nothing. */
function staller({ http }: Ports): Promise<void> {
  return visit(http, `/live/${FILM}.flv`, () => pause(SILENCE));
}

export const webSocketKinds: readonly Kind[] = [
  { name: "WebSocket caller", share: 14, visit: caller },
  { name: "WebSocket player", share: 6, visit: player },
  { name: "WebSocket publisher", share: 2, visit: publisher },
  { name: "WebSocket player that stalls", share: 1, visit: staller },
];
