import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { ProtocolError } from "../../src/bytes/mod.ts";
import { MediaMessage } from "../../src/media/mod.ts";
import { readTag } from "../../src/media/frame_reader.ts";
import type { Film } from "../../src/recordings/films/film.ts";
import { FlvFilm } from "../../src/recordings/films/flv_film.ts";
import { Mp4Film } from "../../src/recordings/films/mp4_film.ts";
import { FilmBytes } from "../../src/recordings/film_bytes.ts";
import { Mp4FileMuxer } from "../../src/recordings/mp4_muxer.ts";
import { fileOf, filmBytes, FILMS, type Packet, packetsOf } from "./film_files.ts";
import { flvOf } from "./film_bytes.ts";

const open = (name: string, bytes = filmBytes(name)): Promise<Film> =>
  name.endsWith(".flv") ? FlvFilm.open(fileOf(bytes)) : Mp4Film.open(fileOf(bytes));

async function readAll(film: Film): Promise<MediaMessage[]> {
  const all: MediaMessage[] = [];
  for (let some = await film.next(); some.length > 0; some = await film.next()) all.push(...some);
  return all;
}

/** Frames as ffprobe has packets. */
function packets(messages: readonly MediaMessage[]): Packet[] {
  const found: Packet[] = [];
  for (const { kind, time, payload } of messages) {
    if (kind !== "audio" && kind !== "video") continue;
    readTag(kind, payload, (content, _codec, _track, data, isKey, offset) => {
      if (content !== "frame") return;
      found.push({ kind, dts: time, pts: time + offset, size: data.length, isKey });
    });
  }
  return found;
}

/** Frames of a kind with their times from the first of them on, to the millisecond. */
function track(of: readonly Packet[], kind: string): string[] {
  const those = of.filter((packet) => packet.kind === kind);
  const zero = those[0]?.dts ?? 0;
  return those.map(({ dts, pts, size, isKey }) =>
    `${size} ${isKey} ${Math.round((dts - zero) / 3)} ${Math.round((pts - dts) / 3)}`
  );
}

for (const name of FILMS) {
  Deno.test(`${name} is read as ffprobe reads it, frame by frame`, async () => {
    const film = await open(name);
    const messages = await readAll(film);
    const expected = packetsOf(name);
    const seen = packets(messages);
    for (const kind of ["video", "audio"]) {
      const [is, wanted] = [track(seen, kind), track(expected, kind)];
      equal(is.length, wanted.length, kind);
      // A third of a millisecond may be rounded either way.
      is.forEach((line, index) => {
        const [one, other] = [line, wanted[index]!].map((text) => text.split(" "));
        deepEqual(one!.slice(0, 2), other!.slice(0, 2), `${kind} ${index}`);
        for (const at of [2, 3]) {
          ok(Math.abs(Number(one![at]) - Number(other![at])) <= 1, `${line}, not ${wanted[index]}`);
        }
      });
    }
    const first = (of: readonly Packet[], kind: string) =>
      of.find((packet) => packet.kind === kind)?.pts ?? Number.NaN;
    if (film.hasVideo) {
      const between = (of: readonly Packet[]) => first(of, "audio") - first(of, "video");
      ok(Math.abs(between(seen) - between(expected)) <= 2, "sound and picture are together");
    }
    const times = seen.map(({ dts }) => dts);
    ok(times.every((time, index) => index === 0 || time >= times[index - 1]! - 200));
    ok(Math.abs(film.duration - Math.max(...times)) <= 1, `${film.duration} ms`);
    film.close();
  });

  Deno.test(`${name} goes on at the key frame before any time`, async () => {
    const film = await open(name);
    const all = await readAll(film);
    const kind = film.hasVideo ? "video" : "audio";
    const keys = packets(all).filter((packet) => packet.kind === kind && packet.isKey);
    for (const time of [0, 500, 999, 1000, 1001, 1900, 99_999]) {
      await film.seek(time);
      const [first] = packets(await film.next()).filter((packet) => packet.kind === kind);
      const wanted = keys.filter(({ dts }) => dts <= time).at(-1) ?? keys[0];
      ok(first?.isKey, `${time}`);
      // Tables of fragments have times of presentation.
      ok(wanted && first.dts <= wanted.dts && first.dts >= wanted.dts - 1100, `${time}`);
    }
    film.close();
  });

  Deno.test(`${name} plays up to where it was cut off, or is refused`, async () => {
    const bytes = filmBytes(name);
    const whole = packets(await readAll(await open(name))).length;
    for (let size = bytes.length - 1; size > 0; size = Math.floor(size * 0.8) - 1) {
      const cut = bytes.slice(0, size);
      try {
        const film = await open(name, cut);
        const seen = packets(await readAll(film));
        ok(seen.length <= whole);
        await film.seek(1500);
        await film.next();
      } catch (error) {
        ok(error instanceof ProtocolError, String(error));
      }
    }
  });

  Deno.test(`${name} with bytes of others breaks nothing, and nothing throws but what says so`, async () => {
    const bytes = filmBytes(name);
    let seed = name.length;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) & 0x7fffffff;
      return seed % below;
    };
    for (let count = 0; count < 150; count++) {
      const mutant = bytes.slice();
      for (let change = 1 + random(6); change > 0; change--) {
        const at = random(3) === 0 ? random(mutant.length) : random(Math.min(3000, mutant.length));
        mutant[at] = [0, 1, 0x7f, 0x80, 0xff, random(256)][random(6)]!;
      }
      try {
        const film = await open(name, mutant);
        ok((await film.begins?.() ?? []).every((time, at, all) => at === 0 || time > all[at - 1]!));
        for (let some = await film.next(), left = 200; some.length > 0 && left > 0; left--) {
          some = await film.next();
        }
        for (const time of [1000, 0, 5e9]) {
          await film.seek(time);
          await film.next();
        }
      } catch (error) {
        ok(error instanceof ProtocolError, `${count}: ${(error as Error).stack}`);
      }
    }
  });
}

Deno.test("an FLV without an index is searched for a time by halves", async () => {
  const bytes = flvOf(4000, 300);
  let reads = 0;
  const file = fileOf(bytes);
  const { read } = file;
  file.read = (position, buffer) => {
    reads += buffer.length;
    return read(position, buffer);
  };
  const film = await FlvFilm.open(file);
  equal(film.duration, 3_999_750);
  reads = 0;
  for (const time of [3_000_400, 12_345, 3_999_999, 0]) {
    await film.seek(time);
    const [first] = (await film.next()).filter(({ kind, role }) =>
      kind === "video" && role !== "config"
    );
    deepEqual([first?.role, first?.time], ["key", Math.floor(time / 1000) * 1000 % 4_000_000]);
  }
  ok(reads < 4 * 5_000_000, `${reads} bytes of ${bytes.length}`);
});

/** A file of so many bytes that begins so, with the same part again and again behind it. */
function endless(head: Uint8Array, part: Uint8Array, size: number) {
  let reads = 0;
  return {
    size,
    modified: 0,
    get reads() {
      return reads;
    },
    read(position: number, buffer: Uint8Array) {
      reads++;
      const count = Math.min(buffer.length, size - position);
      for (let at = 0; at < Math.min(count, head.length + 2 * part.length); at++) {
        const of = position + at;
        buffer[at] = of < head.length ? head[of]! : part[(of - head.length) % part.length]!;
      }
      const from = Math.max(0, head.length - position);
      for (let at = from + part.length; at < count; at += at - from) {
        buffer.copyWithin(at, from, Math.min(at, from + count - at));
      }
      return Promise.resolve(count);
    },
    close() {},
  };
}

Deno.test("ten gigabytes of nothing are not read to their end", async () => {
  const size = 10_000_000_000;
  const flv = filmBytes("h264_aac.flv").subarray(0, 13);
  const emptyTag = Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11);
  const fragmented = filmBytes("h264_aac_fragments.mp4");
  const whole = fragmented.subarray(0, findBox(fragmented, "moof"));
  const box = (type: string) => Uint8Array.of(0, 0, 0, 8, ...new TextEncoder().encode(type));
  const files: [head: Uint8Array, part: Uint8Array][] = [
    [flv, new Uint8Array(1)],
    [flv, emptyTag],
    [whole, box("moof")],
    [whole, box("free")],
    [box("ftyp"), box("free")],
    [new Uint8Array(0), new Uint8Array(1)],
  ];
  for (const [index, [head, part]] of files.entries()) {
    const file = endless(head, part, size);
    try {
      const film: Film = index < 2 ? await FlvFilm.open(file) : await Mp4Film.open(file);
      await film.next();
      await film.seek(1e9);
      await film.next();
    } catch (error) {
      ok(error instanceof ProtocolError, `${index}: ${(error as Error).stack}`);
    }
    ok(file.reads < 5000, `${index}: ${file.reads} reads`);
  }
});

/** Where the first box of a type begins at the top of a file. */
function findBox(bytes: Uint8Array, type: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 0; at + 8 <= bytes.length; at += view.getUint32(at)) {
    if (new TextDecoder().decode(bytes.subarray(at + 4, at + 8)) === type) return at;
  }
  return bytes.length;
}

Deno.test("bytes that are no film are refused by a word about what they are", async () => {
  const text = new TextEncoder().encode("<html>no film</html>".repeat(10));
  await rejects(FlvFilm.open(fileOf(text)), { message: /no FLV/ });
  await rejects(Mp4Film.open(fileOf(text)), { message: /no MP4/ });
  await rejects(Mp4Film.open(fileOf(new Uint8Array(0))), { message: /no "moov"/ });
  const mp4 = filmBytes("h264_aac.mp4");
  await rejects(Mp4Film.open(fileOf(mp4.subarray(0, 8000))), { message: /no "moov"/ });
});

Deno.test("what is recorded as MP4 is read back, with its duration and its key frames", async () => {
  const messages = await readAll(await open("h264_aac.mp4"));
  const { configs } = await open("h264_aac.mp4");
  const muxer = new Mp4FileMuxer({
    metadata: undefined,
    configs,
    kinds: { audio: true, video: true },
  });
  for (const message of messages) muxer.push(message, message.time);
  muxer.finish();
  const parts: Uint8Array[] = [];
  for (let part = muxer.take(); part !== undefined; part = muxer.take()) parts.push(part);
  const whole = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
  for (const { position, bytes } of muxer.patches()) whole.set(bytes, position);
  const film = await Mp4Film.open(fileOf(whole));
  const sizes = (of: readonly MediaMessage[], kind: string) =>
    packets(of).filter((packet) => packet.kind === kind).map(({ size }) => size);
  const back = await readAll(film);
  deepEqual(sizes(back, "video"), sizes(messages, "video"));
  equal(film.duration, Math.max(...back.map(({ time }) => time)));
  await film.seek(1500);
  equal((await film.next()).find(({ kind }) => kind === "video")?.time, 1000);
});

Deno.test("an excerpt tells its duration before it is whole, as FLV and as MP4", async () => {
  for (const format of ["flv", "mp4"] as const) {
    const film = await open("h264_aac.mp4");
    const bytes = FilmBytes.file(film, format);
    const head = Promise.withResolvers<Uint8Array>();
    bytes.start(() => {
      const part = bytes.takeBytes();
      if (part !== undefined) head.resolve(part);
    }, () => {});
    const first = await head.promise;
    bytes.close();
    const name = new TextEncoder().encode(format === "mp4" ? "mehd" : "duration");
    const at = first.findIndex((_, index) => name.every((byte, i) => first[index + i] === byte));
    const view = new DataView(first.buffer, first.byteOffset + at + name.length);
    // A box has version and flags, then 64 bits of milliseconds; AMF0 a marker, then seconds.
    const told = format === "mp4" ? view.getUint32(8) : view.getFloat64(1) * 1000;
    equal(told, film.duration, format);
  }
});
