import assert from "node:assert/strict";
import { FRAMES, hashes, publish, staged } from "./film.ts";
import { requireProgram, runProgram } from "./server.ts";
import { GUARD } from "../support/guard.ts";

/** Each video packet's time in milliseconds and whether it is a key frame. */
async function packets(file: string): Promise<{ time: number; isKey: boolean }[]> {
  const { out } = await runProgram("ffprobe", [
    ...["-v", "error", "-select_streams", "v", "-show_entries", "packet=dts_time,flags"],
    ...["-of", "csv=p=0", file],
  ]);
  return out.trim().split("\n").map((line) => {
    const [time = "", flags = ""] = line.split(",");
    return { time: Number(time) * 1000, isKey: flags.startsWith("K") };
  });
}

Deno.test("what ffmpeg publishes, ffmpeg and rtmpdump play byte by byte, by RTMPE too", async () => {
  await staged(async (server, folder) => {
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
    const players = [
      runProgram("ffmpeg", ["-v", "error", "-i", url, "-c", "copy", `${folder}/a.flv`]),
      runProgram("rtmpdump", ["-q", "-r", url, "-o", `${folder}/b.flv`]),
      runProgram("rtmpdump", ["-q", "-r", `rtmpe${url.slice(4)}`, "-o", `${folder}/c.flv`]),
    ];
    await server.logged(/(plays test\n[\s\S]*){3}/);
    const published = await publish(folder, `${url}?key=secret`);
    assert.equal(published.code, 0, published.err);
    for (const player of players) assert.equal((await player).code, 0, (await player).err);
    const expected = await hashes(`${folder}/film.flv`);
    assert.equal(expected.length, 2);
    assert.deepEqual(await hashes(`${folder}/a.flv`), expected);
    assert.deepEqual(await hashes(`${folder}/b.flv`), expected);
    assert.deepEqual(await hashes(`${folder}/c.flv`), expected);
    assert.doesNotMatch(server.log(), / (WARN|ERROR) |secret/);
  });
});

Deno.test("a player that comes late starts at a key frame, with its codec header and metadata", async () => {
  await staged(async (server, folder) => {
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
    const publishing = publish(folder, url);
    await server.logged(/publishes test\n/);
    const { code, err } = await runProgram("ffmpeg", [
      ...["-v", "error", "-i", url, "-c", "copy", `${folder}/late.flv`],
    ]);
    assert.equal(code, 0, err);
    assert.equal((await publishing).code, 0);
    const video = await packets(`${folder}/late.flv`);
    assert.ok(video.length > 25 && video.length <= FRAMES, `${video.length} frames`);
    assert.equal(video[0]?.isKey, true);
    const { out } = await runProgram("ffprobe", [
      ...["-v", "error", "-show_entries", "stream=codec_name,width", "-of", "csv=p=0"],
      `${folder}/late.flv`,
    ]);
    assert.deepEqual(out.trim().split("\n").sort(), ["aac", "h264,320"]);
  });
});

Deno.test("every shape of URL that ffmpeg is given names the same stream to a player", async () => {
  await staged(async (server, folder) => {
    const shapes = [
      ["/alone", "alone"],
      ["/live/test", "test"],
      ["/live/room/test", "room/test"],
      ["/live/film.mp4", "film.mp4"],
    ];
    for (const [path, name] of shapes) {
      const url = `rtmp://127.0.0.1:${server.rtmp}${path}`;
      const player = runProgram("ffmpeg", [
        ...["-v", "error", "-i", url, "-c", "copy", "-t", "1", `${folder}/shape.flv`, "-y"],
      ]);
      await server.logged(new RegExp(`plays (?:.*/)?${name}\n`));
      const publishing = publish(folder, url, 2);
      const { code, err } = await player;
      assert.equal(code, 0, `${path}: ${err}`);
      assert.equal((await publishing).code, 0, path);
    }
  });
});

Deno.test("curl, which says no version of Flash, plays streams whose name is in the path", async () => {
  await requireProgram("curl");
  await staged(async (server, folder) => {
    for (const [path, name] of [["/alone", "alone"], ["/live/room/test", "room/test"]]) {
      const url = `rtmp://127.0.0.1:${server.rtmp}${path}`;
      const publishing = publish(folder, url, 4);
      await server.logged(new RegExp(`publishes ${name}\n`));
      // It would wait for the next publisher.
      const player = new Deno.Command("curl", { args: ["-sN", url], stdout: "piped" }).spawn();
      let size = 0;
      for await (const bytes of player.stdout) {
        size += bytes.length;
        if (size > 10_000) break;
      }
      player.kill("SIGKILL");
      await player.status;
      assert.ok(size > 10_000, `${path}: ${size} bytes`);
      assert.equal((await publishing).code, 0, path);
    }
  });
});

Deno.test("time goes on for a player when ffmpeg's clock of 31 bits overflows", async () => {
  await staged(async (server, folder) => {
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
    const player = runProgram("ffmpeg", [
      ...["-v", "error", "-i", url, "-c", "copy", "-copyts", `${folder}/played.mkv`],
    ]);
    await server.logged(/plays test\n/);
    const overflow = 2 ** 31 / 1000;
    const published = await runProgram("ffmpeg", [
      ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-c", "copy"],
      ...["-output_ts_offset", String(overflow - 3), "-f", "flv", url],
    ]);
    assert.equal(published.code, 0, published.err);
    assert.equal((await player).code, 0, (await player).err);
    const times = (await packets(`${folder}/played.mkv`)).map(({ time }) => time)
      .filter((time) => !Number.isNaN(time)); // FFmpeg does not know those of its first two frames.
    assert.ok(times.length > FRAMES - 5, `${times.length} frames`);
    const steps = times.slice(1).map((time, index) => time - (times[index] ?? NaN));
    assert.ok(steps.every((step) => step > 0 && step < 100), steps.join());
  });
});

Deno.test("a second publisher of a name is turned away with the reason", async () => {
  await staged(async (server, folder) => {
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
    const first = publish(folder, url, 3);
    await server.logged(/publishes test\n/);
    const second = await publish(folder, url, 1);
    assert.notEqual(second.code, 0);
    assert.match(second.err, /test is already publishing/);
    assert.equal((await first).code, 0);
  });
});

Deno.test("a client that a script refuses sees exactly the code and the words of the references", async () => {
  await staged(async (server, folder) => {
    await Deno.mkdir(`${folder}/www/guard`);
    await Deno.writeTextFile(`${folder}/www/guard/main.lua`, GUARD);
    const host = `rtmp://127.0.0.1:${server.rtmp}`;
    const refused = [
      ["/guard", "any", "NetConnection.Connect.Rejected", "client rejected"],
      ["/guard?user=ben", "any", "NetConnection.Connect.Rejected", "you are not Tom!"],
      ["/guard?user=tom", "mine", "NetStream.Play.Failed", "no rights to play it"],
      ["/guard?user=tom", "theirs", "NetStream.Play.Failed", "Not authorized to play theirs"],
      ["/nosuch", "any", "NetConnection.Connect.InvalidApp", "Application /nosuch doesn't exist"],
      ["/no/such", "any", "NetConnection.Connect.InvalidApp", "Application /no/such doesn't exist"],
    ];
    for (const [path = "", name = "", code = "", description = ""] of refused) {
      const app = path.slice(1);
      const { err } = await runProgram("timeout", [
        ...["3", "rtmpdump", "-V", "-r", host + path, "-a", app, "-t", host + path, "-y", name],
        ...["-o", "/dev/null"],
      ]);
      assert.ok(err.includes(`code, STRING:\t${code}`), `${path}/${name}: ${err}`);
      assert.ok(err.includes(`description, STRING:\t${description}>`), `${path}/${name}: ${err}`);
    }
    for (
      const [name, description] of [
        ["mine", "no rights to publish it"],
        ["theirs", "Not allowed to publish theirs"],
      ]
    ) {
      const { code, err } = await runProgram("ffmpeg", [
        ...["-v", "error", "-i", `${folder}/film.flv`, "-c", "copy", "-f", "flv"],
        ...["-rtmp_app", "guard?user=tom", "-rtmp_playpath", `${name}`, `${host}/guard`],
      ]);
      assert.notEqual(code, 0);
      assert.ok(err.includes(`${description}`), err);
    }
  });
});

/** Peers that connect and never become clients; each promise ends with its connection. */
function badPeers(port: number, count: number): Promise<void>[] {
  const kinds: (() => Uint8Array)[] = [
    () => new Uint8Array(0),
    () => Uint8Array.of(3, ...crypto.getRandomValues(new Uint8Array(700))),
    () => crypto.getRandomValues(new Uint8Array(4000)),
    () => Uint8Array.of(3, ...crypto.getRandomValues(new Uint8Array(8000))),
  ];
  return Array.from({ length: count }, async (_, index) => {
    using conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const buffer = new Uint8Array(8192);
    try {
      const bytes = kinds[index % kinds.length]?.() ?? new Uint8Array(0);
      if (bytes.length > 0) await conn.write(bytes);
      while (await conn.read(buffer) !== null);
    } catch (error) {
      assert.ok(
        error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe,
      );
    }
  });
}

/** Resident memory of a process, in bytes. */
async function residentBytes(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
}

Deno.test("a thousand bad peers do not touch a stream, and each is closed within its timeout", async () => {
  await staged(async (server, folder) => {
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
    const player = runProgram("ffmpeg", [
      "-v",
      "error",
      "-i",
      url,
      "-c",
      "copy",
      `${folder}/a.flv`,
    ]);
    await server.logged(/plays test\n/);
    const before = await residentBytes(server.pid);
    const publishing = publish(folder, url);
    await server.logged(/publishes test\n/);
    const began = performance.now();
    await Promise.all(badPeers(server.rtmp, 1000));
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds < 10 + 10 + 5, `closed after ${seconds} seconds`);
    assert.equal((await publishing).code, 0);
    assert.equal((await player).code, 0, (await player).err);
    assert.deepEqual(await hashes(`${folder}/a.flv`), await hashes(`${folder}/film.flv`));
    const grown = (await residentBytes(server.pid)) - before;
    assert.ok(grown < 100_000_000, `${grown} bytes more than before`);
    assert.doesNotMatch(server.log(), / ERROR /);
  });
});
