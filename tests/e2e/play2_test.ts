import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { encodeUserControl, MessageType, UserEvent } from "../../src/flash/mod.ts";
import { MediaMessage, writeFlvHeader, writeFlvMessage } from "../../src/media/mod.ts";
import { makeFilm, staged } from "./film.ts";
import { eventually, LiveClient } from "./live_client.ts";
import { runProgram } from "./server.ts";

interface Picture {
  readonly time: number;
  readonly payload: Uint8Array;
}

/** What came on a stream, sound and pictures in the order of their times, as FLV. */
class Player {
  readonly client: LiveClient;
  readonly id: number;
  readonly sound: Picture[] = [];
  readonly pictures: Picture[] = [];

  constructor(client: LiveClient, id: number) {
    this.client = client;
    this.id = id;
  }

  /** Pictures that came, without headers. */
  poll(): Picture[] {
    for (const [type, list] of [[8, this.sound], [9, this.pictures]] as const) {
      const { heard } = this.client.flash;
      for (const each of heard.filter((one) => one.type === type)) {
        list.push({ time: each.time, payload: each.payload.slice() });
        heard.splice(heard.indexOf(each), 1);
      }
    }
    return this.pictures.filter(({ payload }) => payload[1] === 1);
  }

  /** What ffmpeg says of it, and when each picture is to be shown, in 1/25 s. */
  async decoded(folder: string): Promise<{ complaints: string; times: number[] }> {
    const out = new ByteWriter(1_000_000);
    writeFlvHeader(out, true, true);
    const all = [
      ...this.sound.map((each) => ({ kind: "audio", ...each }) as const),
      ...this.pictures.map((each) => ({ kind: "video", ...each }) as const),
    ].sort((one, other) => one.time - other.time);
    for (const { kind, time, payload } of all) {
      writeFlvMessage(out, new MediaMessage(kind, "frame", time, payload), time);
    }
    const file = `${folder}/heard.flv`;
    await Deno.writeFile(file, out.take());
    const { out: text, err } = await runProgram("ffmpeg", [
      ...["-v", "error", "-i", file, "-map", "v", "-fps_mode", "passthrough"],
      ...["-f", "framecrc", "-"],
    ]);
    const lines = text.split("\n").filter((line) => /^\d/.test(line));
    const times = lines.map((line) => Number(line.split(",")[2]));
    return { complaints: err, times };
  }
}

const withPlayer = (run: (player: Player, folder: string) => Promise<void>) =>
  staged(async (server, folder) => {
    await Deno.copyFile(`${folder}/film.flv`, `${folder}/www/live/film.flv`);
    await makeFilm(folder, "160x120");
    await Deno.copyFile(`${folder}/film.flv`, `${folder}/www/live/small.flv`);
    await using client = await LiveClient.connect({ host: "127.0.0.1", port: server.rtmfp });
    const id = Number((await client.call("createStream"))[3]);
    await run(new Player(client, id), folder);
  });

Deno.test("play2 goes on with another file at a key frame, and ffmpeg sees no seam", () =>
  withPlayer(async (player, folder) => {
    const { flash } = player.client;
    flash.command(player.id, "play", 0, null, "film");
    await eventually(() => player.poll().length > 20);
    flash.command(player.id, "play2", 0, null, { streamName: "small", transition: "switch" });
    await player.client.status("NetStream.Play.Transition");
    await player.client.status("NetStream.Play.Stop");
    await eventually(() => player.poll().length === 150, () => `${player.poll().length} pictures`);
    const { complaints, times } = await player.decoded(folder);
    assert.equal(complaints, "");
    assert.equal(times.length, 150);
    assert.deepEqual(times, times.map((_, n) => times[0]! + n));
    const configs = player.pictures.filter(({ payload }) => payload[1] === 0);
    const sizes = new Set(configs.map(({ payload }) => payload.toHex()));
    assert.equal(sizes.size, 2);
  }));

Deno.test("ffmpeg decodes what is left of a film when frames are limited", () =>
  withPlayer(async (player, folder) => {
    const { flash } = player.client;
    flash.command(player.id, "receiveVideo", 0, null, 12);
    const buffer = { event: UserEvent.setBufferLength, values: [player.id, 60_000] };
    flash.send(0, MessageType.userControl, 0, encodeUserControl(buffer));
    flash.command(player.id, "play", 0, null, "film");
    await player.client.status("NetStream.Play.Stop");
    await eventually(() => (player.poll().at(-1)?.time ?? 0) > 5_000);
    const { complaints, times } = await player.decoded(folder);
    assert.equal(complaints, "");
    assert.ok(times.length > 40 && times.length <= 6 * 12 + 3, `${times.length} pictures`);
  }));
