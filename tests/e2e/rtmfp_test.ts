import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { flvEncoder, FlvReader, MediaMessage, writeFlvHeader } from "../../src/media/mod.ts";
import { hashes, publish, staged } from "./film.ts";
import { eventually, LiveClient } from "./live_client.ts";
import { type RunningProgram, runProgram } from "./server.ts";

const HOST = "127.0.0.1";

function connect({ rtmfp }: RunningProgram): Promise<LiveClient> {
  return LiveClient.connect({ host: HOST, port: rtmfp });
}

/** The film's tags, as a Flash client would send them. */
async function sendFilm(folder: string, { flash }: LiveClient, stream: number): Promise<void> {
  const metadata = new ByteWriter();
  writeValues(new Amf0Writer(metadata, "never"), "@setDataFrame", "onMetaData", { width: 320 });
  flash.send(stream, 18, 0, metadata.take());
  const reader = new FlvReader({
    audio: (time, body) => flash.send(stream, 8, time, body),
    video: (time, body) => flash.send(stream, 9, time, body),
    data: () => {},
  });
  reader.readTags(await Deno.readFile(`${folder}/film.flv`));
  await eventually(() => flash.flow(stream).queued === 0);
}

/** What a client was sent of a stream, as a file. */
async function writeHeard(file: string, { flash }: LiveClient, stream: number): Promise<void> {
  const out = new ByteWriter();
  writeFlvHeader(out, true, true);
  const media = flash.heard.filter(({ streamId, type }) =>
    streamId === stream && (type === 8 || type === 9)
  );
  for (const { type, time, payload } of media.toSorted((a, b) => a.time - b.time)) {
    const kind = type === 8 ? "audio" : "video";
    flvEncoder.encode(new MediaMessage(kind, "frame", time, payload), out);
  }
  await Deno.writeFile(file, out.take());
}

/** Begins to play a live stream over HTTP; the file is written when `wanted` tags have come. */
async function playHttp(
  url: string,
  file: string,
  wanted: number,
): Promise<{ written: Promise<void> }> {
  const response = await fetch(url);
  assert.equal(response.headers.get("content-type"), "video/x-flv");
  const write = async () => {
    const count = new TagCount();
    const reader = new FlvReader(count);
    using out = await Deno.open(file, { write: true, create: true });
    for await (const bytes of response.body ?? assert.fail()) {
      await out.write(bytes);
      reader.readTags(bytes);
      if (count.tags >= wanted) break;
    }
  };
  return { written: write() };
}

/** Counts audio and video. */
class TagCount {
  tags = 0;

  audio(): void {
    this.tags++;
  }
  video(): void {
    this.tags++;
  }
  data(): void {}
}

Deno.test("what is published over RTMFP, ffmpeg, rtmpdump, HTTP and RTMFP play byte by byte", async () => {
  await staged(async (server, folder) => {
    const url = `rtmp://${HOST}:${server.rtmp}/live/test`;
    const players = [
      runProgram("ffmpeg", ["-v", "error", "-i", url, "-c", "copy", `${folder}/a.flv`]),
      runProgram("rtmpdump", ["-q", "-r", url, "-o", `${folder}/b.flv`]),
    ];
    await using publisher = await connect(server);
    await using player = await connect(server);
    const heard = await player.stream("play", "test");
    await server.logged(/(?:plays test\n[\s\S]*){3}/);
    const out = await publisher.stream("publish", "test");
    const film = new TagCount();
    new FlvReader(film).readTags(await Deno.readFile(`${folder}/film.flv`));
    const { written } = await playHttp(
      `http://${HOST}:${server.http}/live/test.flv`,
      `${folder}/c.flv`,
      film.tags,
    );
    await sendFilm(folder, publisher, out);
    publisher.flash.command(out, "closeStream", 0, null);
    await player.status("NetStream.Play.UnpublishNotify");
    for (const each of players) assert.equal((await each).code, 0, (await each).err);
    await written;
    await writeHeard(`${folder}/d.flv`, player, heard);
    const expected = await hashes(`${folder}/film.flv`);
    assert.equal(expected.length, 2);
    for (const name of ["a", "b", "c", "d"]) {
      assert.deepEqual(await hashes(`${folder}/${name}.flv`), expected, name);
    }
    assert.doesNotMatch(server.log(), / (WARN|ERROR) /);
  });
});

Deno.test("what ffmpeg publishes over RTMP, a client of RTMFP plays byte by byte", async () => {
  await staged(async (server, folder) => {
    await using player = await connect(server);
    const stream = await player.stream("play", "test");
    const published = await publish(folder, `rtmp://${HOST}:${server.rtmp}/live/test`);
    assert.equal(published.code, 0, published.err);
    await player.status("NetStream.Play.UnpublishNotify");
    await writeHeard(`${folder}/heard.flv`, player, stream);
    assert.deepEqual(await hashes(`${folder}/heard.flv`), await hashes(`${folder}/film.flv`));
  });
});

Deno.test("a script answers calls over RTMFP and refuses with its own words", async () => {
  await staged(async (server, folder) => {
    await Deno.writeTextFile(
      `${folder}/www/live/main.lua`,
      `function onConnection(client)
        function client:sum(a, b) return a + b end
      end
      function onPublish(client, publication)
        if publication.name == "mine" then error("no rights to publish it") end
      end`,
    );
    await using client = await connect(server);
    const { flash } = client;
    flash.command(0, "sum", 7, null, 2, 3);
    await eventually(() => flash.calls.some(([, transaction]) => transaction === 7));
    assert.deepEqual(flash.calls.at(-1), ["_result", 7, null, 5]);
    flash.command(0, "createStream", 8, null);
    await eventually(() => flash.calls.some(([, transaction]) => transaction === 8));
    flash.command(Number(flash.calls.at(-1)?.[3]), "publish", 0, null, "mine");
    await client.status("NetStream.Publish.Failed");
    const { description } = flash.calls.at(-1)?.[3] as unknown as { description: string };
    assert.equal(description, "no rights to publish it");
  });
});

Deno.test("handshakes that come together are computed in a thread of their own", async () => {
  await staged(async (server) => {
    const threads = () =>
      [...Deno.readDirSync(`/proc/${server.pid}/task`)].filter(({ name }) =>
        Deno.readTextFileSync(`/proc/${server.pid}/task/${name}/comm`).startsWith("worker")
      ).length;
    const before = threads();
    const clients = await Promise.all(Array.from({ length: 60 }, () => connect(server)));
    assert.equal(threads(), before + 1);
    assert.doesNotMatch(server.log(), /thread of key agreements/);
    for (const client of clients) await client[Symbol.asyncDispose]();
  });
});
