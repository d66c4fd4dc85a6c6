import assert from "node:assert/strict";
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
  Deno.test(`FFmpeg's publish is understood, ${step} bytes at a time`, async () => {
    const { hub } = fakeHub();
    const peer = new RtmpPeer(hub);
    const input = await recorded("ffmpeg_publish");
    for (let at = 0; at < input.length; at += step) peer.give(input.subarray(at, at + step));
    const publication = hub.publication("test");
    assert.equal(publication?.publisher?.path, "/live");
    assert.match(publication?.publisher?.flashVersion ?? "", /^FMLE\/3\.0 \(compatible; Lavf/);
    assert.equal(publication?.parameters.get("key"), "secret");
    assert.deepEqual(peer.log.at("WARN"), []);
  });

  for (const name of ["ffmpeg_play", "rtmpdump_play"]) {
    Deno.test(`${name} is understood, ${step} bytes at a time`, async () => {
      const names: string[] = [];
      const { hub } = fakeHub({
        onSubscribe: (_client, { publication }) => void names.push(publication.name),
      });
      const peer = new RtmpPeer(hub);
      const input = await recorded(name);
      for (let at = 0; at < input.length; at += step) peer.give(input.subarray(at, at + step));
      assert.deepEqual(names, ["test"]);
      assert.deepEqual(peer.log.at("WARN"), []);
    });
  }
}

/** After the fields that OBS Studio's RTMP output (a fork of librtmp) documents in its source. */
const OBS = {
  app: "live",
  type: "nonprivate",
  flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
  swfUrl: "rtmp://127.0.0.1/live",
  tcUrl: "rtmp://127.0.0.1/live",
  fourCcList: ["av01", "hvc1"],
};

Deno.test("a publish as OBS begins it is confirmed step by step", () => {
  const { hub } = fakeHub();
  const peer = new RtmpPeer(hub);
  peer.handshake();
  peer.connect(OBS);
  peer.chunkSize = 4096;
  peer.control({ type: 1, size: 4096 });
  assert.deepEqual(peer.takeNames().slice(-1), ["0: _result"]);
  peer.command(0, "releaseStream", "key?token=1");
  peer.command(0, "FCPublish", "key?token=1");
  peer.command(0, "createStream");
  assert.deepEqual(peer.takeNames(), ["0: _result", "0: _result", "0: onFCPublish", "0: _result"]);
  peer.command(1, "publish", "key?token=1", "live");
  assert.deepEqual(peer.takeNames(), ["0: type 4", "1: onStatus NetStream.Publish.Start"]);
  assert.equal(hub.publication("key")?.parameters.get("token"), "1");
  peer.command(0, "FCUnpublish", "key?token=1");
  peer.command(0, "deleteStream", 1);
  assert.deepEqual(peer.takeNames(), ["0: _result", "0: onFCUnpublish"]);
  assert.equal(hub.publication("key"), undefined);
});
