import { deepEqual, throws } from "node:assert/strict";
import { MediaCounts } from "../../src/admin/mod.ts";
import {
  AVC_CONFIG,
  CountingSink,
  drain,
  INTER,
  KEY,
  PUBLISHER,
  setUp,
  SOUND,
} from "../hub/scene.ts";
import { decided } from "../support/decided.ts";

/** What is not 0, as `name{labels}: value`. */
function read(counts: MediaCounts): Record<string, number> {
  const seen: Record<string, number> = {};
  for (const metric of counts.metrics()) {
    if (metric.type === "histogram") continue;
    for (const { labels = {}, value } of metric.samples) {
      if (value !== 0) seen[[metric.name, ...Object.values(labels)].join(" ")] = value;
    }
  }
  return seen;
}

Deno.test("what goes through the hub is counted, and stays counted when it ends", () => {
  const { hub, connect } = setUp();
  const counts = new MediaCounts(hub);
  const [publisher, player] = [connect(), connect()];
  const publication = decided(hub.publish(publisher, "film", PUBLISHER));
  const listener = decided(hub.subscribe(player, "film", new CountingSink()));
  publication.audio(0, SOUND);
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  publication.flush();
  drain(listener);
  const gone = {
    "connects rtmp": 2,
    "publishes rtmp": 1,
    "plays rtmp": 1,
    "media_received_bytes rtmp audio": SOUND.length,
    "media_received_bytes rtmp video": AVC_CONFIG.length + KEY.length,
    "media_received_messages rtmp audio": 1,
    "media_received_messages rtmp video": 2,
    "media_sent_messages rtmp audio": 1,
    "media_sent_messages rtmp video": 2,
    "media_sent_bytes rtmp audio": SOUND.length,
    "media_sent_bytes rtmp video": AVC_CONFIG.length + KEY.length,
  };
  deepEqual(read(counts), { ...gone, "publications rtmp": 1, "listeners rtmp": 1 });
  hub.unsubscribe(listener);
  hub.unpublish(publication);
  deepEqual(read(counts), gone);
});

Deno.test("a publication that a script takes over counts for each of its sources alone", () => {
  const { hub, connect } = setUp();
  const counts = new MediaCounts(hub);
  hub.subscribe(connect(), "film", new CountingSink());
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.audio(0, SOUND);
  hub.unpublish(publication);
  const again = hub.publishFromScript("film")!;
  again.audio(0, SOUND);
  again.audio(0, SOUND);
  const { "media_received_bytes rtmp audio": first, "media_received_bytes script audio": second } =
    read(counts);
  deepEqual([first, second], [SOUND.length, 2 * SOUND.length]);
});

Deno.test("frames that a late player misses are counted as dropped", () => {
  const { hub, connect } = setUp();
  const counts = new MediaCounts(hub);
  const publication = decided(hub.publish(connect(), "film", PUBLISHER));
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  publication.flush();
  const listener = decided(hub.subscribe(connect(), "film", new CountingSink()));
  publication.video(40, INTER);
  publication.flush();
  drain(listener);
  deepEqual(read(counts)["dropped_frames rtmp"], 1);
});

Deno.test("ends of clients and refusals are counted by their causes", () => {
  const { hub, connect } = setUp();
  const counts = new MediaCounts(hub);
  const kicked = connect();
  kicked.end("kicked", "kicked: go");
  hub.disconnect(kicked);
  for (let count = 0; count < 2; count++) hub.disconnect(connect());
  throws(() => hub.publish(connect(), "", PUBLISHER), /needs a name/);
  const seen = read(counts);
  deepEqual(
    [
      seen["disconnects rtmp kicked"],
      seen["disconnects rtmp left"],
      seen["refusals publish server"],
    ],
    [1, 2, 1],
  );
});
