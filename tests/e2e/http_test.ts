import assert from "node:assert/strict";
import { WebSocket as Socket } from "ws";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

const SCRIPT = `
function onConnection(client)
  function client:echo(...) return ... end
  function client:visit()
    client.properties("visits", (tonumber(client.properties["visits"]) or 0) + 1)
    return client.properties["visits"]
  end
end
`;

/** A server with the root application of {@link SCRIPT}, /live, and a film of three seconds. */
async function staged(run: (server: RunningProgram, folder: string) => Promise<void>) {
  for (const name of ["ffmpeg", "rtmpdump", "curl"]) await requireProgram(name);
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/main.lua`, SCRIPT);
    await Deno.writeTextFile(`${folder}/www/text.txt`, "0123456789".repeat(30_000));
    await ffmpeg([
      ...["-f", "lavfi", "-i", "testsrc=size=320x240:rate=25", "-f", "lavfi", "-i", "sine"],
      ...["-t", "3", "-c:v", "libx264", "-g", "25", "-c:a", "aac", `${folder}/film.flv`],
    ]);
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
    try {
      await run(server, folder);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  const { code, err } = await runProgram("ffmpeg", ["-v", "error", "-y", ...args]);
  assert.equal(code, 0, err);
}

async function curl(server: RunningProgram, path: string, ...args: string[]): Promise<string> {
  const url = `http://127.0.0.1:${server.http}${path}`;
  const { code, out, err } = await runProgram("curl", ["-sS", "-m", "10", ...args, url]);
  assert.equal(code, 0, err);
  return out;
}

/** Video packets of a file, and the codecs of all its streams. */
async function probe(file: string): Promise<{ codecs: string[]; frames: number }> {
  const show = ["-count_packets", "-show_entries", "stream=codec_name,nb_read_packets"];
  const { out } = await runProgram("ffprobe", ["-v", "error", ...show, "-of", "csv=p=0", file]);
  // A transport stream's are listed once more, under their program.
  const lines = new Set(out.split("\n").map((line) => line.trim()).filter((line) => line !== ""));
  const streams = [...lines].map((line) => line.split(","));
  const video = streams.find(([codec]) => codec === "h264");
  return { codecs: streams.map(([codec = ""]) => codec).sort(), frames: Number(video?.[1]) };
}

/** Plays the film into `name` again and again until `stop`. */
function publishFilm(folder: string, url: string) {
  const child = new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-re", "-stream_loop", "-1", "-i", `${folder}/film.flv`],
      ...["-c", "copy", "-f", "flv", url],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return async () => {
    child.kill("SIGKILL");
    await child.status;
  };
}

Deno.test("curl gets files, ranges, heads and answers over kept connections", async () => {
  await staged(async (server) => {
    assert.equal((await curl(server, "/text.txt")).length, 300_000);
    assert.equal(await curl(server, "/text.txt", "-r", "299995-"), "56789");
    assert.match(
      await curl(server, "/text.txt", "-I"),
      /^HTTP\/1.1 200 OK\r\n[^]*Content-Length: 300000/,
    );
    assert.equal(await curl(server, "/main.lua", "-o", "/dev/null", "-w", "%{http_code}"), "404");
    const json = ["-H", "content-type: application/json", "-d", '["echo",{"a":[1,"é"]}]'];
    assert.equal(await curl(server, "/", ...json), '[{"a":[1,"é"]}]');
    assert.equal(await curl(server, "/echo?a=two"), '[{"a":"two"}]');
    assert.equal(await curl(server, "/", "-d", "echo&a=1"), "a=1");
    const url = `http://127.0.0.1:${server.http}/text.txt`;
    const twice = ["-s", "-o", "/dev/null", url, "-o", "/dev/null", url, "-w", "%{num_connects} "];
    assert.equal((await runProgram("curl", twice)).out, "1 0 ");
    const jar = ["-b", "/dev/null", "-c", "-"];
    assert.match(await curl(server, "/visit", ...jar), /^\["?1"?\][^]*visits\t1/);
  });
});

Deno.test("what ffmpeg publishes over RTMP plays over HTTP and through RTMPT", async () => {
  await staged(async (server, folder) => {
    const stop = publishFilm(folder, `rtmp://127.0.0.1:${server.rtmp}/live/test`);
    try {
      await server.logged(/publishes test/);
      const played = `${folder}/played.flv`;
      await ffmpeg([
        "-i",
        `http://127.0.0.1:${server.http}/live/test.flv`,
        "-t",
        "2",
        "-c",
        "copy",
        played,
      ]);
      const film = await probe(played);
      assert.deepEqual(film.codecs, ["aac", "h264"]);
      assert.ok(film.frames >= 25 && film.frames <= 55, `${film.frames} frames`);
      const stream = `${folder}/played.ts`;
      await ffmpeg([
        "-i",
        `http://127.0.0.1:${server.http}/live/test.ts`,
        "-t",
        "2",
        "-c",
        "copy",
        stream,
      ]);
      assert.deepEqual((await probe(stream)).codecs, ["aac", "h264"]);
      const dumped = `${folder}/dumped.flv`;
      await runProgram("rtmpdump", [
        ...["-q", "-v", "-r", `rtmpt://127.0.0.1:${server.http}/live/test`, "-o", dumped],
        ...["--stop", "2"],
      ], 10);
      assert.deepEqual((await probe(dumped)).codecs, ["aac", "h264"]);
    } finally {
      await stop();
    }
  });
});

Deno.test("what ffmpeg puts over HTTP is published and plays over RTMP and WebSocket", async () => {
  await staged(async (server, folder) => {
    const stop = publishFilm(folder, `http://127.0.0.1:${server.http}/live/put.flv`);
    try {
      const played = `${folder}/played.flv`;
      await ffmpeg([
        "-i",
        `rtmp://127.0.0.1:${server.rtmp}/live/put`,
        "-t",
        "1",
        "-c",
        "copy",
        played,
      ]);
      assert.deepEqual((await probe(played)).codecs, ["aac", "h264"]);
      const socket = new Socket(`ws://127.0.0.1:${server.http}/live/put.flv`);
      const parts: Uint8Array[] = [];
      let size = 0;
      await new Promise<void>((resolve, reject) => {
        socket.on("error", reject);
        socket.on("message", (data: Uint8Array) => {
          parts.push(new Uint8Array(data));
          size += data.length;
          if (size > 30_000) resolve();
        });
      });
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.close();
      assert.equal(await closed, 1005);
      const file = `${folder}/socket.flv`;
      await Deno.writeFile(file, new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
      assert.deepEqual((await probe(file)).codecs, ["aac", "h264"]);
    } finally {
      await stop();
    }
  });
});

Deno.test("ws calls a method, and ffmpeg plays RTMP out of a WebSocket", async () => {
  await staged(async (server, folder) => {
    const socket = new Socket(`ws://127.0.0.1:${server.http}/`);
    await new Promise((resolve) => socket.on("open", resolve));
    const answer = new Promise((resolve) =>
      socket.on("message", (data: Uint8Array) => resolve(String(data)))
    );
    socket.send('["echo",1,{"a":[2]}]');
    assert.equal(await answer, '[1,{"a":[2]}]');
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.close(1000);
    await closed;

    const stop = publishFilm(folder, `rtmp://127.0.0.1:${server.rtmp}/live/test`);
    const bridge = bridgeToSocket(`ws://127.0.0.1:${server.http}/rtmp`);
    try {
      await server.logged(/publishes test/);
      const played = `${folder}/played.flv`;
      await ffmpeg([
        "-i",
        `rtmp://127.0.0.1:${bridge.port}/live/test`,
        "-t",
        "1",
        "-c",
        "copy",
        played,
      ]);
      assert.deepEqual((await probe(played)).codecs, ["aac", "h264"]);
    } finally {
      bridge.close();
      await stop();
    }
  });
});

/** A TCP port whose first connection goes through a WebSocket, as Ruffle's would. */
function bridgeToSocket(url: string): { port: number; close(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const run = async () => {
    const conn = await listener.accept();
    const socket = new Socket(url, "rtmp");
    await new Promise((resolve) => socket.on("open", resolve));
    socket.on(
      "message",
      (data: Uint8Array) => void conn.write(new Uint8Array(data)).catch(() => {}),
    );
    const closed = new Promise((resolve) => socket.on("close", resolve));
    for await (const bytes of conn.readable) socket.send(bytes);
    socket.close();
    await closed;
  };
  const running = run().catch(() => {});
  return {
    port: (listener.addr as Deno.NetAddr).port,
    close: () => {
      listener.close();
      void running;
    },
  };
}
