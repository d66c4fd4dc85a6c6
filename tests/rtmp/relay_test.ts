import assert from "node:assert/strict";
import { Client, Hub, NO_DIRECTORY, type Publication, Refusal } from "../../src/hub/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import {
  parseStreamUrl,
  RtmpListener,
  RtmpRelay,
  type StreamUrl,
} from "../../src/protocols/rtmp/mod.ts";
import { shownUrl, withoutKeys } from "../../src/protocols/rtmp/client/url.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

const CONFIG = Uint8Array.of(0x17, 0, 0, 0, 0, 1);
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 2);
const SOUND = Uint8Array.of(0xaf, 1, 4);
/** AMF0's ECMA array {width: 320}, which is what follows "onMetaData". */
const METADATA = Uint8Array.from(
  "08 00000001 0005 7769647468 00 4074000000000000 000009".replace(/ /g, "").match(/../g)!
    .map((digits) => parseInt(digits, 16)),
);

/** A server that is not ours, and a relay of ours to it. */
class Scene {
  readonly clock = new FakeClock();
  readonly scheduler = new WriteScheduler(this.clock);
  readonly there = new Hub({ clock: this.clock });
  readonly here = new Hub({ clock: this.clock });
  readonly log = new CaptureLog();
  listener: RtmpListener | undefined;
  relay: RtmpRelay | undefined;
  port = 0;

  listen(): void {
    this.listener = new RtmpListener({
      hub: this.there,
      log: new CaptureLog(),
      hostname: "127.0.0.1",
      port: this.port,
      scheduler: this.scheduler,
    });
    this.port = this.listener.port;
  }

  /** The port is free again. */
  async unlisten(): Promise<void> {
    await this.listener?.close();
    this.listener = undefined;
    await turn(10);
  }

  /** @param others ports of servers that are tried after it */
  start(does: "play" | "publish", ...others: readonly number[]): void {
    const { here: hub, log, scheduler, port } = this;
    const urls = [streamAt(port), ...others.map(streamAt)] as const;
    this.relay = new RtmpRelay({
      hub,
      log,
      scheduler,
      id: "mine",
      name: "mine",
      urls: [...urls],
      does,
    });
  }

  async stop(): Promise<void> {
    this.relay?.close();
    await this.listener?.close();
    await turn(10);
  }
}

function streamAt(port: number): StreamUrl {
  const url = parseStreamUrl(`rtmp://127.0.0.1:${port}/live/film`);
  assert.ok(url);
  return url;
}

async function withScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  const scene = new Scene();
  scene.listen();
  try {
    await body(scene);
  } finally {
    await scene.stop();
  }
}

async function turn(count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

async function until(what: () => boolean): Promise<void> {
  for (let round = 0; round < 3000; round++) {
    if (what()) return;
    await turn();
  }
  assert.fail("it never came true");
}

function client(): Client {
  return new Client({
    protocol: "RTMP",
    address: "127.0.0.1:1",
    path: "",
    query: "",
    properties: new Map(),
  });
}

function publish(hub: Hub, name: string): Publication {
  const publication: Publication = decided(hub.publish(client(), name, {
    close: () => hub.unpublish(publication),
  }));
  return publication;
}

function play(hub: Hub, name: string): { seen: string[]; stop: () => void } {
  const seen: string[] = [];
  const take = () => {
    for (let next: MediaMessage | undefined = listener?.next(); next; next = listener.next()) {
      seen.push(next.kind === "data" ? `data ${next.name}` : `${next.kind} ${next.payload.at(-1)}`);
    }
  };
  const listener = decided(
    decided(hub.subscribe(client(), name, { ready: take, overrun() {}, status() {} })),
  );
  take();
  return { seen, stop: () => hub.unsubscribe(listener) };
}

function feed(publication: Publication): void {
  publication.setMetadata("onMetaData", METADATA, "amf0");
  publication.video(0, CONFIG);
  publication.video(40, KEY);
  publication.audio(50, SOUND);
  publication.flush();
}

Deno.test("a stream of another RTMP server is fetched while somebody listens here", () =>
  withScene(async (scene) => {
    const origin = publish(scene.there, "film");
    scene.start("play");
    await turn(10);
    assert.equal(origin.listeners.size, 0);
    const player = play(scene.here, "mine");
    await until(() => origin.listeners.size === 1);
    feed(origin);
    await until(() => player.seen.length >= 5);
    assert.deepEqual(player.seen, [
      "published undefined",
      "data onMetaData",
      "video 1",
      "video 2",
      "audio 4",
    ]);
    assert.equal(scene.here.publication("mine")?.publisherId, "relay:mine");
    player.stop();
    await until(() => origin.listeners.size === 0);
    await until(() => scene.here.publication("mine") === undefined);
    const again = play(scene.here, "mine");
    await until(() => again.seen.length > 0);
    assert.deepEqual(scene.log.at("WARN"), []);
  }));

Deno.test("a stream that is published here goes to another RTMP server, with its metadata", () =>
  withScene(async (scene) => {
    scene.start("publish");
    const player = play(scene.there, "film");
    assert.equal(scene.relay!.isUp, false);
    const mine = publish(scene.here, "mine");
    await until(() => mine.audience.size === 1);
    await until(() => scene.relay!.isUp);
    feed(mine);
    await until(() => player.seen.length >= 5);
    assert.deepEqual(player.seen, [
      "published undefined",
      "data onMetaData",
      "video 1",
      "video 2",
      "audio 4",
    ]);
    assert.deepEqual(scene.there.publication("film")!.metadata!.payload.slice(), METADATA);
    scene.here.unpublish(mine);
    await until(() => scene.there.publication("film") === undefined);
    await until(() => !scene.relay!.isUp);
  }));

Deno.test("a relay comes back when the other server does, and says once that it was away", () =>
  withScene(async (scene) => {
    await scene.unlisten();
    scene.start("publish");
    publish(scene.here, "mine");
    for (let i = 0; i < 3; i++) {
      await turn(10);
      scene.clock.advance(6_000);
    }
    await until(() => scene.log.at("WARN").length === 1);
    assert.match(scene.log.at("WARN")[0]!, /refused.*; tried again every 5 s/);
    scene.listen();
    await until(() => {
      scene.clock.advance(500);
      return scene.there.publication("film") !== undefined;
    });
    assert.equal(scene.log.at("WARN").length, 1);
  }));

Deno.test("a relay that nobody wants for a moment while it connects goes on trying", () =>
  withScene(async (scene) => {
    await scene.unlisten();
    scene.start("play");
    play(scene.here, "mine").stop();
    play(scene.here, "mine");
    await until(() => scene.log.at("WARN").length === 1);
    scene.listen();
    publish(scene.there, "film");
    await until(() => {
      scene.clock.advance(500);
      return scene.here.publication("mine") !== undefined;
    });
  }));

Deno.test("a stream comes from the next server when one does not have it, and after a round again from the first", () =>
  withScene(async (scene) => {
    const { port } = scene;
    await scene.unlisten();
    const next = new Scene();
    next.listen();
    try {
      const origin = publish(next.there, "film");
      scene.start("play", next.port);
      const player = play(scene.here, "mine");
      await until(() => {
        scene.clock.advance(1);
        return origin.listeners.size === 1;
      });
      assert.equal(scene.log.at("WARN").length, 1, scene.log.lines.join("\n"));
      feed(origin);
      await until(() => player.seen.length >= 5);
      await next.unlisten();
      scene.port = port;
      scene.listen();
      const back = publish(scene.there, "film");
      await until(() => {
        scene.clock.advance(1);
        return back.listeners.size === 1;
      });
      assert.equal(scene.log.at("WARN").length, 2, scene.log.lines.join("\n"));
      await scene.unlisten();
      // Nobody is there: one attempt each, then a pause.
      await until(() => {
        scene.clock.advance(1);
        return scene.log.at("WARN").length === 4;
      });
      assert.ok(scene.log.at("WARN").every((line) => /tried again every 5 s/.test(line)));
    } finally {
      await next.stop();
    }
  }));

Deno.test("a refusal of the other server is logged with its reason", () =>
  withScene(async (scene) => {
    scene.there.directory = {
      ...NO_DIRECTORY,
      claim: () => {
        throw new Refusal("Publish.BadName", "not for you");
      },
    };
    scene.start("publish");
    publish(scene.here, "mine");
    await until(() => scene.log.at("WARN").length > 0);
    assert.match(scene.log.at("WARN")[0]!, /NetStream\.Publish\.BadName: not for you/);
  }));

Deno.test("a server that does not speak RTMP, or nothing at all, is left", async () => {
  for (const answer of ["HTTP/1.1 400 Bad Request\r\n", undefined]) {
    await withScene(async (scene) => {
      await scene.unlisten();
      const listener = Deno.listen({ hostname: "127.0.0.1", port: scene.port });
      scene.start("publish");
      publish(scene.here, "mine");
      const conn = await listener.accept();
      if (answer !== undefined) await conn.write(new TextEncoder().encode(answer));
      await until(() => {
        if (answer === undefined) scene.clock.advance(1_000);
        return scene.log.at("WARN").length > 0;
      });
      assert.match(scene.log.at("WARN")[0]!, answer ? /does not speak RTMP/ : /no answer in time/);
      scene.relay!.close();
      conn.close();
      listener.close();
    });
  }
});

Deno.test("URLs of streams are taken apart, and others are none", () => {
  assert.deepEqual(parseStreamUrl("rtmp://host/live/film?key=1"), {
    hostname: "host",
    port: 1935,
    isSecure: false,
    app: "live",
    tcUrl: "rtmp://host:1935/live",
    stream: "film?key=1",
  });
  assert.deepEqual(parseStreamUrl("RTMPS://[::1]:99/a/b/c"), {
    hostname: "::1",
    port: 99,
    isSecure: true,
    app: "a/b",
    tcUrl: "rtmps://[::1]:99/a/b",
    stream: "c",
  });
  for (
    const text of ["", "http://host/live/film", "rtmp://host/film", "rtmp://h:0/a/b", "rtmp:///a/b"]
  ) {
    assert.equal(parseStreamUrl(text), undefined, text);
  }
});

Deno.test("what a server says of a stream is told without the parts of its URL that are keys", () => {
  const cases: [url: string, said: string, shown: string][] = [
    [
      "rtmp://h/live/CANARY?a=X-1",
      "BadName: CANARY?a=X-1 is in use",
      "BadName: ***?a=*** is in use",
    ],
    ["rtmp://h/live/CAN-ARY", "no /live/CAN-ARY, CAN-ARY.", "no /live/***, ***."],
    ["rtmp://h/live/CANARY/a.b", "live/CANARY/a.b; aab stays", "live/***/***; aab stays"],
    ["rtmp://h/live/?key=1", "live is closed", "live is closed"],
  ];
  for (const [text, said, shown] of cases) {
    const url = parseStreamUrl(text);
    assert.ok(url);
    assert.equal(withoutKeys(said, url), shown);
  }
  const deep = parseStreamUrl("rtmp://h/live/CANARY/x");
  assert.ok(deep);
  assert.equal(shownUrl(deep), "rtmp://h:1935/live/…");
});

Deno.test("a relay's log shows no key of its URL, neither the path's nor what the server repeats", async () => {
  await withScene(async (scene) => {
    const { there, here, log, port } = scene;
    there.handler = {
      ...there.handler,
      onPublish: ({ publication: { name } }) => {
        throw new Refusal("Publish.BadName", `${name} is refused`);
      },
    };
    const url = parseStreamUrl(`rtmp://127.0.0.1:${port}/live/CANARY-1/CANARY-2?a=b`);
    assert.ok(url);
    const { scheduler } = scene;
    scene.relay = new RtmpRelay({
      hub: here,
      log,
      scheduler,
      id: "mine",
      name: "mine",
      urls: [url],
      does: "publish",
    });
    assert.ok(here.publishFromScript("mine"));
    await until(() => log.at("WARN").length > 0);
    assert.match(log.lines.join("\n"), /\/live\/….*\*\*\* is refused/);
    assert.doesNotMatch(log.lines.join("\n"), /CANARY/);
  });
});
