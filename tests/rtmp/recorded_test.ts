import assert from "node:assert/strict";
import { binaryText } from "../../src/bytes/mod.ts";
import { parseStreamUrl } from "../../src/protocols/rtmp/mod.ts";
import { RtmpClient } from "../../src/protocols/rtmp/client/session.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { bytes } from "./wire_bytes.ts";

/** What real clients sent up to their media; each file says where it came from. */
const vectors = new URL("../vectors/rtmp/", import.meta.url);

async function recorded(name: string): Promise<Uint8Array> {
  const text = await Deno.readTextFile(new URL(`${name}.hex`, vectors));
  return bytes(text.replaceAll(/^#.*$/gm, ""));
}

for (const step of [1, 700, 10_000]) {
  for (
    const [name, version, headers] of [
      ["ffmpeg_publish", "Lavf59", 0],
      ["ffmpeg8_publish", "Lavf62", 4],
      ["obs_publish", "FMSc", 2],
    ] as const
  ) {
    Deno.test(`${name} is understood, ${step} bytes at a time`, async () => {
      const { hub } = fakeHub();
      const peer = new RtmpPeer(hub);
      const input = await recorded(name);
      for (let at = 0; at < input.length; at += step) peer.give(input.subarray(at, at + step));
      const publication = hub.publication("test");
      assert.equal(publication?.publisher?.path, "/live");
      assert.ok(publication.publisher.flashVersion.startsWith(`FMLE/3.0 (compatible; ${version}`));
      assert.equal(publication.parameters.get("key"), "secret");
      assert.equal([...publication.configs].length, headers);
      assert.deepEqual(peer.log.at("WARN"), []);
    });
  }

  for (const name of ["ffmpeg_play", "rtmpdump_play"]) {
    Deno.test(`${name} is understood, ${step} bytes at a time`, async () => {
      const names: string[] = [];
      const { hub } = fakeHub({
        onSubscribe: ({ listener: { publication } }) => void names.push(publication.name),
      });
      const peer = new RtmpPeer(hub);
      const input = await recorded(name);
      for (let at = 0; at < input.length; at += step) peer.give(input.subarray(at, at + step));
      assert.deepEqual(names, ["test"]);
      assert.deepEqual(peer.log.at("WARN"), []);
    });
  }
}

Deno.test("OBS's publish is confirmed step by step, and so is its end", async () => {
  const { hub } = fakeHub();
  const peer = new RtmpPeer(hub);
  const input = await recorded("obs_publish");
  peer.give(input.subarray(0, 1 + 1536));
  peer.output.take();
  peer.give(input.subarray(1 + 1536));
  assert.deepEqual(peer.takeNames().slice(-7), [
    ...["0: _result", "0: _result", "0: _result", "0: onFCPublish", "0: _result"],
    ...["0: type 4", "1: onStatus NetStream.Publish.Start"],
  ]);
  const publication = hub.publication("test");
  assert.equal(publication?.publisher?.flashVersion, "FMLE/3.0 (compatible; FMSc/1.0)");
  assert.equal(publication.parameters.get("key"), "secret");
  assert.match(binaryText(publication.metadata?.payload ?? input), /obs-output module/);
  assert.deepEqual([...publication.configs].map(({ kind }) => kind), ["audio", "video"]);
  assert.ok(publication.lastKey > 0);
  peer.give(await recorded("obs_stop"));
  assert.deepEqual(peer.takeNames(), [
    "0: _result",
    "1: onStatus NetStream.Unpublish.Success",
    "0: onFCUnpublish",
  ]);
  assert.equal(hub.publication("test"), undefined);
  assert.deepEqual(peer.log.at("WARN"), []);
});

Deno.test("what node-media-server plays is understood, though it names no stream", async () => {
  const url = parseStreamUrl("rtmp://127.0.0.1/live/film") ?? assert.fail();
  const seen: string[] = [];
  let sent = "";
  const client = new RtmpClient({
    url,
    does: "play",
    now: 0,
    send: (bytes) => void (sent += binaryText(bytes)),
    events: {
      started: (id) => void seen.push(`started ${id}`),
      media: (type, time) => void seen.push(`${type} at ${time}`),
      batch: () => {},
      ended: (reason) => void seen.push(reason),
    },
  });
  client.receive(await recorded("node_media_server_answers"));
  assert.deepEqual(seen, ["started 1", "18 at 0", "18 at 0", "8 at 80", "9 at 80"]);
  assert.match(sent, /fourCcList.*hvc1.*audioFourCcInfoMap/s);
});
