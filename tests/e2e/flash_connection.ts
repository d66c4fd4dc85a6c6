import { ByteReader, ByteWriter } from "../../src/bytes/mod.ts";
import { Amf0Reader, readValues } from "../../src/codecs/mod.ts";
import { commandMessage } from "../../src/flash/command.ts";
import { MessageType } from "../../src/flash/message_type.ts";
import { BLOCK_SIZE } from "../../src/protocols/rtmp/params.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { connectMessage, FLASH_PLAYER } from "../support/flash_peer.ts";
import { eventually, LiveClient } from "./live_client.ts";
import type { RunningProgram } from "./server.ts";

/** One NetStream of a client of /live, over any protocol. */
export interface Stream extends AsyncDisposable {
  /** Codes of statuses in the order in which they came, those of `onPlayStatus` too. */
  readonly codes: string[];
  /** Times of pictures. */
  readonly times: number[];
  command(name: string, ...args: unknown[]): void;
}

/** The code that a message tells, be it a command's or data. */
function codeOf(type: number, payload: Uint8Array): string | undefined {
  if (type !== MessageType.command && type !== MessageType.data) return undefined;
  for (const value of readValues(new Amf0Reader(new ByteReader(payload)))) {
    const code = typeof value === "object" && value !== null && "code" in value && value.code;
    if (typeof code === "string") return code;
  }
  return undefined;
}

function note(
  stream: Pick<Stream, "codes" | "times">,
  type: number,
  time: number,
  payload: Uint8Array,
) {
  if (type === MessageType.video && payload[1] === 1) stream.times.push(time);
  const code = codeOf(type, payload);
  if (code !== undefined) stream.codes.push(code);
}

export async function overRtmfp({ rtmfp }: RunningProgram): Promise<Stream> {
  const client = await LiveClient.connect({ host: "127.0.0.1", port: rtmfp });
  const id = Number((await client.call("createStream"))[3]);
  const stream = { codes: [] as string[], times: [] as number[] };
  const { heard } = client.flash;
  const push = heard.push.bind(heard);
  heard.push = (...messages) => {
    for (const { type, time, payload } of messages) note(stream, type, time, payload);
    return push(...messages);
  };
  return {
    ...stream,
    command: (name, ...args) => client.flash.command(id, name, 0, null, ...args),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}

export async function overRtmp({ rtmp }: RunningProgram): Promise<Stream> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: rtmp });
  const stream = { codes: [] as string[], times: [] as number[] };
  const chunks = new ChunkReader();
  let handshake = 1 + 2 * BLOCK_SIZE;
  let id = 0;
  const receive = (bytes: Uint8Array) => {
    const skipped = Math.min(bytes.length, handshake);
    handshake -= skipped;
    chunks.readChunks(bytes.subarray(skipped), ({ type, time, payload }) => {
      note(stream, type, time, payload);
      if (type !== MessageType.command) return;
      const [name, , , value] = readValues(new Amf0Reader(new ByteReader(payload)));
      if (name === "_result" && typeof value === "number") id = value;
    });
  };
  const reading = (async () => {
    const buffer = new Uint8Array(65_536);
    try {
      for (let count = await conn.read(buffer); count; count = await conn.read(buffer)) {
        receive(buffer.slice(0, count));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted)) {
        throw error;
      }
    }
  })();
  let writing = Promise.resolve();
  const write = (bytes: Uint8Array) => {
    writing = writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
    });
  };
  let transaction = 0;
  const send = (streamId: number, type: number, payload: Uint8Array) => {
    const out = new ByteWriter();
    writeMessage(out, { chunkStreamId: 3, type, streamId, time: 0 }, payload, 128);
    write(out.take());
  };
  // C0, C1 and C2 at once: the server takes any.
  write(new Uint8Array(1 + 2 * BLOCK_SIZE).fill(3, 0, 1));
  const connect = connectMessage(++transaction, FLASH_PLAYER);
  send(0, connect.type, connect.payload);
  const created = commandMessage(false, "createStream", ++transaction);
  send(0, created.type, created.payload);
  await eventually(() => id > 0, () => "no stream was created");
  return {
    ...stream,
    command(name, ...args) {
      const { type, payload } = commandMessage(false, name, ++transaction, ...args);
      send(id, type, payload);
    },
    async [Symbol.asyncDispose]() {
      await writing;
      conn.close();
      await reading;
    },
  };
}
