import type { Hub, Publication, QualityOfService } from "../../hub/mod.ts";
import { HttpError } from "../../protocols/http/mod.ts";
import { shownPeer } from "../events/hub_events.ts";
import type { History } from "../history/history.ts";
import { SAMPLES } from "../history/series.ts";
import { protocolOf, sourceOf } from "../source.ts";
import { PEER, PROTOCOLS, rateOf } from "./clients.ts";
import { text, whole, word } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlParts } from "./parts.ts";
import { pictureOf } from "./picture.ts";
import { Preview } from "../preview.ts";
import { act, ask, type Route, Stream } from "./route.ts";
import {
  aCount,
  aFlag,
  aList,
  aMap,
  anObject,
  aNumber,
  aPage,
  aText,
  aTime,
  aWord,
  DONE,
  named,
  orNull,
  type Schema,
} from "./schema.ts";

/** Streams that operators look at at once: each costs what a player costs. */
const MAX_PREVIEWS = 10;

const SOURCES = [...PROTOCOLS, "script", "relay", "server", "recording"] as const;

const COUNTED = {
  rate: aNumber("Bytes per second, of late."),
  bytes: aCount("Since the name was first used."),
  lost: aCount("Packets that the network lost on the way here."),
};

const PUBLICATION = named(
  "Publication",
  anObject({
    name: aText(),
    source: aWord(SOURCES),
    startedAt: aTime("Milliseconds since the Unix epoch."),
    publisher: orNull(PEER),
    video: orNull(anObject({
      codec: aText(),
      width: orNull(aNumber("Pixels.")),
      height: orNull(aNumber("Pixels.")),
      frameRate: aNumber("Frames per second: counted, or said by the publisher before that."),
      leastFrameRate: aNumber("The fewest of five seconds in the last minute."),
      mostFrameRate: aNumber("The most of five seconds in the last minute."),
      gap: aNumber("Milliseconds of the longest time without a frame, of late."),
      keyInterval: aNumber("Milliseconds between the two newest key frames; 0 before them."),
      ...COUNTED,
    })),
    audio: orNull(anObject({
      codec: aText(),
      sampleRate: orNull(aNumber("Hertz.")),
      channels: orNull(aNumber()),
      ...COUNTED,
    })),
    data: anObject({ rate: aNumber(), bytes: aCount() }),
    rate: aNumber("Bytes per second of all kinds."),
    listeners: anObject({
      total: aCount(),
      ...Object.fromEntries(PROTOCOLS.map((name) => [name, aCount()])),
    }),
    taps: aCount("Parts of the server that take it: edges, relays, recordings, muxers."),
    dropped: anObject({
      frames: aCount("Video frames that listeners were too slow for."),
      rate: aNumber("Of them, per second, in the last minute."),
      listeners: aCount("How many listeners were too slow in the last minute."),
    }),
    isRecorded: aFlag("Whether a recording of it runs."),
    faults: aList(aText("What was mended or left out of what the publisher sends.")),
  }),
);

/** Curves, all of one length; the last value of each is the newest. */
export const CURVES: Schema = named(
  "Curves",
  anObject({
    interval: aCount("Milliseconds between two values."),
    from: aTime("When the first values were taken, in milliseconds since the Unix epoch."),
    series: aMap(aList(aNumber())),
  }),
);

/** How many of the newest values of curves are wanted. */
export const SAMPLES_FIELD = whole(
  SAMPLES,
  [1, SAMPLES],
  "Maximum number of values of each curve.",
);

export function publicationRoutes({ hub, history, recordings }: ControlParts): Route[] {
  const orders = {
    name: ({ name }: Publication) => name,
    received: rateOf,
    listeners: ({ listeners }: Publication) => listeners.size,
    dropped: (publication: Publication) => slowness(publication, history),
    since: ({ startedAt }: Publication) => startedAt,
  };
  const show = (publication: Publication) => ({
    ...shown(publication, history),
    isRecorded: recordings.isRecorded(publication),
  });
  let previews = 0;
  return [
    ask("/publications", {
      summary: "Streams that are published",
      fields: {
        ...pageFields(orders),
        source: word("", SOURCES, "Only those that come from there."),
        publisher: text("Only those of one client, by its id."),
      },
      answer: aPage(PUBLICATION),
      respond({ source, publisher, ...wanted }) {
        const found = [...hub.publications()].filter((publication) =>
          (source === "" || sourceOf(publication) === source) &&
          (publisher === "" || publication.publisher?.id === publisher)
        );
        return paged(found, wanted, { orders, texts: textsOf, show });
      },
    }),
    ask("/publications/{name}", {
      summary: "One stream that is published",
      answer: PUBLICATION,
      respond: (_fields, path) => show(findPublication(hub, path("name"))),
    }),
    ask("/publications/{name}/history", {
      summary: "Curves of a stream: bytes per second, frames, listeners, frames dropped",
      fields: { samples: SAMPLES_FIELD },
      answer: CURVES,
      respond({ samples }, path) {
        const stream = history.stream(findPublication(hub, path("name")));
        if (stream === undefined) throw new HttpError(404, "no curves are kept of this stream");
        return history.curvesOf(stream, samples);
      },
    }),
    ask("/publications/{name}/preview.flv", {
      summary: "Picture and sound of a stream, while it goes on and the reader keeps up",
      answer: aText(Preview.type),
      stream: Preview.type,
      respond(_fields, path) {
        const { name } = findPublication(hub, path("name"));
        if (previews >= MAX_PREVIEWS) {
          throw new HttpError(503, `more than ${MAX_PREVIEWS} look at streams`, [
            ["retry-after", "10"],
          ]);
        }
        const preview = new Preview(hub, name, () => previews--);
        previews++;
        return new Stream(Preview.type, preview);
      },
    }),
    act("/publications/{name}/stop", {
      summary: "Ends a stream; a client that publishes is told the words",
      fields: { words: text("What its publisher is told.") },
      answer: DONE,
      respond({ words }, path) {
        const publication = findPublication(hub, path("name"));
        if (publication.publisher === undefined) hub.unpublish(publication);
        else publication.closePublisher("Publish.Failed", words || "stopped by an operator");
        return { done: true };
      },
    }),
  ];
}

/** @throws HttpError 404 */
export function findPublication(hub: Hub, name: string): Publication {
  const publication = hub.publication(name);
  if (publication === undefined) throw new HttpError(404, `${name} is not published`);
  return publication;
}

function textsOf({ name, publisher }: Publication): string[] {
  return publisher === undefined ? [name] : [name, publisher.address, publisher.user ?? ""];
}

function slowness({ listeners }: Publication, history: History): number {
  let sum = 0;
  for (const listener of listeners.values()) sum += history.keepingUp(listener)?.slowness ?? 0;
  return sum;
}

function shown(publication: Publication, history: History) {
  const { name, startedAt, publisher, videoQos, audioQos, dataQos, audience } = publication;
  const stream = history.stream(publication);
  const { video, audio, width, height, frameRate, sampleRate, channels } = pictureOf(publication);
  const listeners = { total: 0, rtmp: 0, rtmfp: 0, http: 0, websocket: 0 };
  let [late, lateRate] = [0, 0];
  for (const listener of publication.listeners.values()) {
    listeners.total++;
    listeners[protocolOf(listener.client) as keyof typeof listeners]++;
    const keepingUp = history.keepingUp(listener);
    lateRate += keepingUp?.lateRate ?? 0;
    if (keepingUp?.isSlow) late++;
  }
  const counted = (qos: QualityOfService) => ({
    rate: qos.byteRate,
    bytes: qos.bytes,
    lost: qos.lost,
  });
  return {
    name,
    source: sourceOf(publication),
    startedAt,
    publisher: publisher === undefined ? null : shownPeer(publisher),
    video: video === null ? null : {
      codec: video,
      width,
      height,
      frameRate: stream?.curves.last("frameRate") || (frameRate ?? 0),
      leastFrameRate: stream?.frameRates?.least ?? 0,
      mostFrameRate: stream?.frameRates?.most ?? 0,
      gap: Math.round(stream?.gap(history.now) ?? 0),
      keyInterval: publication.keyInterval,
      ...counted(videoQos),
    },
    audio: audio === null ? null : { codec: audio, sampleRate, channels, ...counted(audioQos) },
    data: { rate: dataQos.byteRate, bytes: dataQos.bytes },
    rate: rateOf(publication),
    listeners,
    taps: audience.size - listeners.total,
    dropped: { frames: stream?.lateFrames ?? 0, rate: lateRate, listeners: late },
    faults: [...publication.faults],
  };
}
