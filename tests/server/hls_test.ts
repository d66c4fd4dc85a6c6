import { deepEqual, equal, match, ok } from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Client, type Hub, type Publication, Refusal } from "../../src/hub/mod.ts";
import { Hls } from "../../src/protocols/hls/mod.ts";
import { HLS_SETTINGS } from "../hls/scene.ts";
import { type Rig, type RigOptions, until, withServer } from "../http/support.ts";
import { AAC, audio, AVC, stream, video } from "../media/mp4_scene.ts";
import { decided } from "../support/decided.ts";

/** HTTP with HLS of the application /live, and what its hub has of it. */
async function withHls(
  options: Pick<RigOptions, "handler" | "settings" | "files">,
  run: (rig: Rig) => Promise<void>,
): Promise<void> {
  const more = (hub: Hub) => ({ hls: new Hls(hub, { ...HLS_SETTINGS, applications: "live" }) });
  await withServer({ ...options, more }, run);
}

function publish({ hub }: Rig, path = "/live"): Publication {
  const client = new Client({
    protocol: "RTMP",
    address: "192.0.2.1:1",
    path,
    query: "",
    properties: new Map(),
  });
  return decided(hub.publish(client, "film", { close: () => {} }));
}

/** Six seconds of a stream with a key frame each second. */
function send({ clock }: Rig, publication: Publication): void {
  publication.video(0, video(0, AVC).payload);
  publication.audio(0, audio(0, AAC).payload);
  const start = clock.now();
  for (const { kind, time, payload } of stream(0, 6_000, { group: 25 })) {
    clock.advance(Math.max(0, start + time - clock.now()));
    if (kind === "video") publication.video(time, payload);
    else publication.audio(time, payload);
    publication.flush();
  }
}

/** Plays until there is a playlist of media: its path, and what it answers. */
async function play(rig: Rig, publication: Publication, headers: Record<string, string> = {}) {
  const client = await rig.connect();
  const first = client.ask("GET", "/live/film.m3u8", headers);
  await until(() => publication.listeners.size > 0);
  send(rig, publication);
  const multivariant = await first;
  const path = `/live/${multivariant.text.trim().split("\n").at(-1)}`;
  return { client, multivariant, path };
}

Deno.test("a stream is played over HTTP: playlists, and the segments that they list", async () => {
  await withHls({}, async (rig) => {
    const publication = publish(rig);
    const { client, multivariant, path } = await play(rig, publication);
    equal(multivariant.status, 200);
    equal(multivariant.headers.get("content-type"), "application/vnd.apple.mpegurl");
    match(multivariant.text, /^#EXT-X-STREAM-INF:.*CODECS="avc1\.4d4028/m);
    const media = await client.ask("GET", path);
    equal(media.status, 200);
    const segment = media.text.split("\n").find((line) => line.endsWith(".m4s"));
    ok(segment, media.text);
    const folder = path.slice(0, path.lastIndexOf("/") + 1);
    const bytes = await client.ask("GET", folder + segment);
    equal(bytes.status, 200);
    equal(new TextDecoder().decode(bytes.bytes.subarray(4, 8)), "moof");
    const head = await client.ask("HEAD", folder + segment);
    equal(head.headers.get("content-length"), String(bytes.bytes.length));
    equal((await client.ask("GET", folder + "none.m4s")).status, 404);
  });
});

Deno.test("a playlist is packed for a client that takes gzip, and for no other", async () => {
  await withHls({}, async (rig) => {
    const { client, path } = await play(rig, publish(rig));
    const packed = await client.ask("GET", path, { "accept-encoding": "gzip" });
    equal(packed.headers.get("content-encoding"), "gzip");
    const plain = await client.ask("GET", path);
    equal(plain.headers.get("content-encoding"), undefined);
    equal(gunzipSync(packed.bytes).toString(), plain.text);
  });
});

Deno.test("answers that players share carry the headers of each one's own origin", async () => {
  await withHls(
    { settings: { crossOrigin: "https://a.example https://b.example" } },
    async (rig) => {
      const { client, path } = await play(rig, publish(rig));
      const allowed = async (origin: string) => {
        const { headers, text } = await client.ask("GET", path, { origin });
        ok(text.startsWith("#EXTM3U"));
        return headers.get("access-control-allow-origin");
      };
      const seen = [];
      for (const host of ["a", "b", "a", "c"]) seen.push(await allowed(`https://${host}.example`));
      deepEqual(seen, ["https://a.example", "https://b.example", "https://a.example", undefined]);
    },
  );
});

Deno.test("an application that does not offer HLS has no playlists, and its files are its own", async () => {
  await withHls({ files: { "other/film.m3u8": "#EXTM3U of a file" } }, async (rig) => {
    publish(rig, "/other");
    equal((await rig.ask("GET", "/other/film.m3u8")).text, "#EXTM3U of a file");
    equal((await rig.ask("GET", "/other/none.m3u8")).status, 404);
  });
});

Deno.test("a player that the application refuses is answered so", async () => {
  const onSubscribe = () => {
    throw new Refusal("Play.Failed", "subscribers only", { reason: "denied" });
  };
  await withHls({ handler: { onSubscribe } }, async (rig) => {
    publish(rig);
    const { status, text } = await rig.ask("GET", "/live/film.m3u8");
    equal(status, 403);
    match(text, /subscribers only/);
    equal((await rig.ask("HEAD", "/live/film.m3u8")).status, 200);
  });
});
