import { ByteWriter, encodeText } from "../../../src/bytes/mod.ts";
import { TAG_HEADER_SIZE, TAG_VIDEO, writeFlvHeader } from "../../../src/media/flv.ts";
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
  video,
} from "../visit.ts";

/** One request on a connection that goes on: the body of the answer. */
export async function ask(
  connection: Connection,
  method: string,
  path: string,
  body: Uint8Array = new Uint8Array(0),
  type = "application/json",
): Promise<Uint8Array> {
  const head = `${method} ${path} HTTP/1.1\r\nHost: soak\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n`;
  await connection.write(new ByteWriter(head.length + body.length).text(head).bytes(body).take());
  const answer = await connection.readTo("\r\n\r\n");
  const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? 0);
  return await connection.read(length);
}

/** The head of an FLV stream of video. */
export function flvHead(): Uint8Array {
  const out = new ByteWriter();
  writeFlvHeader(out, false, true);
  return out.take();
}

/** One tag of an FLV stream, with the size behind it. */
export function tag(index: number): Uint8Array {
  const body = video(index);
  const out = new ByteWriter(body.length + 32);
  out.u8(TAG_VIDEO).u24(body.length).u24(index * 100).u8(0).u24(0).bytes(body);
  return out.u32(TAG_HEADER_SIZE + body.length).take();
}

function reader({ http }: Ports): Promise<void> {
  return connected(http, async (connection) => {
    for (const path of ["/live/page.html", "/live/", `/${anyApp()}/missing`]) {
      await ask(connection, "GET", path);
    }
  });
}

function caller({ http }: Ports): Promise<void> {
  return connected(http, async (connection) => {
    const app = anyApp();
    const call = JSON.stringify(["echo", 1, { list: [true, "text"] }]);
    for (let i = 0; i < 3; i++) {
      await ask(connection, "POST", `/${app}`, encodeText(call));
      await ask(connection, "GET", `/${app}/echo?a=${i}`);
    }
    const xml = "<methodCall><methodName>echo</methodName><params><param><value>1</value></param>" +
      "</params></methodCall>";
    await ask(connection, "POST", `/${app}`, encodeText(xml), "text/xml");
    // Most connections are kept for a while, and some until the server ends them.
    if (random(4) === 0) await pause(SILENCE);
  });
}

function player({ http }: Ports): Promise<void> {
  return connected(http, async (connection) => {
    await connection.write(encodeText(`GET /live/${FILM}.flv HTTP/1.1\r\nHost: soak\r\n\r\n`));
    connection.drain();
    await aWhile();
  });
}

/** Publishes the body of a PUT; half of them end it, half are cut within. */
function publisher({ http }: Ports): Promise<void> {
  return connected(http, async (connection) => {
    const head = `PUT /${anyApp()}/${anyName()}.flv HTTP/1.1\r\nHost: soak\r\n` +
      "Transfer-Encoding: chunked\r\n\r\n";
    await connection.write(encodeText(head));
    connection.drain();
    const chunk = (bytes: Uint8Array) =>
      connection.write(
        new ByteWriter(bytes.length + 16).text(`${bytes.length.toString(16)}\r\n`).bytes(bytes)
          .text("\r\n").take(),
      );
    try {
      await chunk(flvHead());
      await frames((index) => chunk(tag(index)));
      if (random(2) === 0) await connection.write(encodeText("0\r\n\r\n"));
      else await pause(random(SILENCE));
    } catch {
      // Refused: somebody else has the name.
    }
  });
}

export const httpKinds: readonly Kind[] = [
  { name: "HTTP reader of files", share: 10, visit: reader },
  { name: "HTTP caller", share: 12, visit: caller },
  { name: "HTTP player", share: 4, visit: player },
  { name: "HTTP publisher", share: 2, visit: publisher },
];
