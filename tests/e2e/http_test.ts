import assert from "node:assert/strict";
import { WebSocket as Socket } from "ws";
import { makeFilm, publishForever } from "./film.ts";
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

/** Takes files, and pages of one other origin. */
const UPLOADS = `
function onConnection(client) return { crossOrigin = { "https://example.org" } } end
function onWrite(client, file)
  if file == "no.txt" then error("not this one") end
  return true
end
`;

/** A server with the root application of {@link SCRIPT}, /live, and a film. */
async function staged(run: (server: RunningProgram, folder: string) => Promise<void>) {
  for (const name of ["ffmpeg", "rtmpdump", "curl"]) await requireProgram(name);
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.mkdir(`${folder}/www/up`);
    await Deno.writeTextFile(`${folder}/www/main.lua`, SCRIPT);
    await Deno.writeTextFile(`${folder}/www/up/main.lua`, UPLOADS);
    await Deno.writeTextFile(`${folder}/www/text.txt`, "0123456789".repeat(30_000));
    await makeFilm(folder);
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

/** Records a stream for some seconds and tells what is in it. */
async function record(folder: string, url: string, seconds: number, file = "played.flv") {
  const played = `${folder}/${file}`;
  await ffmpeg(["-i", url, "-t", String(seconds), "-c", "copy", played]);
  return await probe(played);
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

/** Publishes the film again and again until `stop`. */
const publishFilm = (folder: string, url: string) => publishForever(`${folder}/film.flv`, url);

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

Deno.test("curl stores files where the script lets it, and asks for a page of another origin", async () => {
  await staged(async (server, folder) => {
    await Deno.writeTextFile(`${folder}/note.txt`, "one");
    const status = ["-o", "/dev/null", "-w", "%{http_code}"];
    const put = (path: string, ...more: string[]) =>
      curl(server, path, "-T", `${folder}/note.txt`, ...more, ...status);
    assert.equal(await put("/up/note.txt"), "201");
    assert.equal(await put("/up/note.txt"), "204");
    assert.equal(await put("/up/note.txt", "-H", "if-none-match: *"), "412");
    assert.equal(await curl(server, "/up/note.txt"), "one");
    assert.equal(await curl(server, "/up/post.txt", "-d", "two", ...status), "201");
    assert.equal(await curl(server, "/up/post.txt"), "two");
    assert.equal(await put("/up/main.lua"), "403");
    assert.equal(await put("/up/no.txt"), "403");
    assert.match(await curl(server, "/up/no.txt", "-T", `${folder}/note.txt`), /^not this one\n$/);
    assert.equal(await put("/note.txt"), "403");
    assert.equal(await curl(server, "/up/note.txt", "-X", "DELETE", ...status), "405");

    const from = ["-H", "origin: https://example.org"];
    const asked = ["-X", "OPTIONS", "-i", "-H", "access-control-request-method: PUT", ...from];
    const allowed = /^access-control-allow-origin: https:\/\/example\.org\r$/m;
    assert.match(await curl(server, "/up/note.txt", ...asked), allowed);
    assert.match(await curl(server, "/up/note.txt", "-i", ...from), allowed);
    const other = await curl(server, "/up/note.txt", "-i", "-H", "origin: https://example.net");
    assert.doesNotMatch(other, /access-control-allow-origin/);
    assert.match(await curl(server, "/text.txt", "-I", ...from), allowed);
    const withCookie = await curl(server, "/text.txt", "-I", "-H", "cookie: a=b", ...from);
    assert.match(withCookie, /^access-control-allow-origin: \*\r$/m);
  });
});

Deno.test("what ffmpeg publishes over RTMP plays over HTTP and through RTMPT", async () => {
  await staged(async (server, folder) => {
    const stop = publishFilm(folder, `rtmp://127.0.0.1:${server.rtmp}/live/test`);
    try {
      await server.logged(/publishes test/);
      const live = `http://127.0.0.1:${server.http}/live/test`;
      const film = await record(folder, `${live}.flv`, 2);
      assert.deepEqual(film.codecs, ["aac", "h264"]);
      assert.ok(film.frames >= 25 && film.frames <= 55, `${film.frames} frames`);
      const stream = await record(folder, `${live}.ts`, 2, "played.ts");
      assert.deepEqual(stream.codecs, ["aac", "h264"]);
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
      const played = await record(folder, `rtmp://127.0.0.1:${server.rtmp}/live/put`, 1);
      assert.deepEqual(played.codecs, ["aac", "h264"]);
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

Deno.test("a stream whose name has slashes is the same over RTMP, HTTP and WebSocket", async () => {
  await staged(async (server, folder) => {
    const stop = publishFilm(folder, `rtmp://127.0.0.1:${server.rtmp}/live/dir/name`);
    try {
      await server.logged(/publishes dir\/name/);
      const played = await record(
        folder,
        `http://127.0.0.1:${server.http}/live/dir/name.flv`,
        1,
      );
      assert.deepEqual(played.codecs, ["aac", "h264"]);
      const socket = new Socket(`ws://127.0.0.1:${server.http}/live/dir/name.flv`);
      const first = await new Promise<Uint8Array>((resolve, reject) => {
        socket.on("error", reject);
        socket.on("message", resolve);
      });
      assert.equal(new TextDecoder().decode(first.subarray(0, 3)), "FLV");
      const closed = new Promise((resolve) => socket.on("close", resolve));
      socket.close();
      await closed;
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
      const played = await record(folder, `rtmp://127.0.0.1:${bridge.port}/live/test`, 1);
      assert.deepEqual(played.codecs, ["aac", "h264"]);
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
