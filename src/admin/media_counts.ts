import type { Client, Hub, HubObserver, Listener, Publication, Refused } from "../hub/mod.ts";
import { by, counter, gauge, type Metered, type Metric, type Sample } from "../base/mod.ts";
import { protocolOf, sourceOf } from "./source.ts";

const PROTOCOLS: readonly string[] = ["rtmp", "rtmfp", "http", "websocket"];
const SOURCES: readonly string[] = [...PROTOCOLS, "script", "relay", "server"];
const KINDS = ["audio", "video", "data"] as const;
type Kind = typeof KINDS[number];

/** What went through one publication or listener so far, or through all of a kind. */
class Traffic {
  readonly bytes: Record<Kind, number> = { audio: 0, video: 0, data: 0 };
  readonly messages: Record<Kind, number> = { audio: 0, video: 0, data: 0 };
  dropped = 0;

  static of(from: Publication | Listener): Traffic {
    const traffic = new Traffic();
    for (const kind of KINDS) {
      const qos = from[`${kind}Qos`];
      traffic.bytes[kind] = qos.bytes;
      traffic.messages[kind] = qos.messages;
    }
    traffic.dropped = from.videoQos.droppedFrames;
    return traffic;
  }

  get allBytes(): number {
    return KINDS.reduce((sum, kind) => sum + this.bytes[kind], 0);
  }

  /** @param sign -1 takes the other away */
  add(other: Traffic, sign = 1): void {
    for (const kind of KINDS) {
      this.bytes[kind] += sign * other.bytes[kind];
      this.messages[kind] += sign * other.messages[kind];
    }
    this.dropped += sign * other.dropped;
  }
}

/** A publication that runs: who feeds it, and what was counted of those before. */
interface Feed {
  readonly source: string;
  readonly before: Traffic;
}

/**
 * Counts who came and what went through the hub since the server started. Nothing is counted per
 * message here: the counters of publications and listeners are read on request, and when
 * they end.
 */
export class MediaCounts implements HubObserver, Metered {
  readonly #connects = none(PROTOCOLS);
  readonly #publishes = none(SOURCES);
  readonly #plays = none(PROTOCOLS);
  readonly #feeds = new Map<Publication, Feed>();
  readonly #listeners = new Set<Listener>();
  readonly #received: Map<string, Traffic> = new Map();
  readonly #sent: Map<string, Traffic> = new Map();
  readonly #ends = new Map<string, Sample & { value: number }>();
  readonly #refused = new Map<string, Sample & { value: number }>();
  #overRate = 0;
  #faults = 0;

  /** Counts from now on. */
  constructor(hub: Hub) {
    hub.observers.add(this);
  }

  onConnected(client: Client): void {
    increment(this.#connects, protocolOf(client));
  }

  onDisconnected(client: Client): void {
    const { cause } = client.ending;
    count(this.#ends, { protocol: protocolOf(client), cause });
  }

  onRefused({ asked, refusal: { by } }: Refused): void {
    count(this.#refused, { asked, by });
  }

  onOverRate(): void {
    this.#overRate++;
  }

  onFault(): void {
    this.#faults++;
  }

  onPublished(publication: Publication): void {
    const source = sourceOf(publication);
    increment(this.#publishes, source);
    this.#feeds.set(publication, { source, before: Traffic.of(publication) });
  }

  onUnpublished(publication: Publication): void {
    const feed = this.#feeds.get(publication);
    if (feed === undefined) return;
    this.#feeds.delete(publication);
    addFeed(this.#received, publication, feed);
  }

  onSubscribed(listener: Listener): void {
    increment(this.#plays, protocolOf(listener.client));
    this.#listeners.add(listener);
  }

  onUnsubscribed(listener: Listener): void {
    if (this.#listeners.delete(listener)) addListener(this.#sent, listener);
  }

  /** Bytes of media that came and went so far, and frames that players missed. */
  totals(): { readonly received: number; readonly sent: number; readonly dropped: number } {
    const [received, sent] = [new Traffic(), new Traffic()];
    for (const traffic of this.#received.values()) received.add(traffic);
    for (const traffic of this.#sent.values()) sent.add(traffic);
    for (const [publication, { before }] of this.#feeds) {
      received.add(Traffic.of(publication));
      received.add(before, -1);
    }
    for (const listener of this.#listeners) sent.add(Traffic.of(listener));
    return { received: received.allBytes, sent: sent.allBytes, dropped: sent.dropped };
  }

  *metrics(): Generator<Metric> {
    const received = copyOf(this.#received);
    const sent = copyOf(this.#sent);
    const sources = none(SOURCES);
    const listeners = none(PROTOCOLS);
    for (const [publication, feed] of this.#feeds) {
      increment(sources, feed.source);
      addFeed(received, publication, feed);
    }
    for (const listener of this.#listeners) {
      increment(listeners, protocolOf(listener.client));
      addListener(sent, listener);
    }
    yield counter("connects", "Clients that were accepted.", by("protocol", this.#connects));
    yield gauge("publications", "Publications that run.", by("source", sources));
    yield counter("publishes", "Publications that began.", by("source", this.#publishes));
    yield gauge("listeners", "Players that listen.", by("protocol", listeners));
    yield counter("plays", "Players that began to listen.", by("protocol", this.#plays));
    yield counter(
      "media_received_bytes",
      "Media that publications got, without what carries it.",
      byKind("source", received, (traffic) => traffic.bytes),
    );
    yield counter(
      "media_received_messages",
      "Frames, codec headers and data messages that publications got, without metadata.",
      byKind("source", received, (traffic) => traffic.messages),
    );
    yield counter(
      "media_sent_bytes",
      "Media that players were sent, without what carries it.",
      byKind("protocol", sent, (traffic) => traffic.bytes),
    );
    yield counter(
      "media_sent_messages",
      "What players were sent; what is taken at once counts as one.",
      byKind("protocol", sent, (traffic) => traffic.messages),
    );
    yield counter(
      "disconnects",
      "Clients whose connection ended, by why it did.",
      [...this.#ends.values()],
    );
    yield counter(
      "refusals",
      "What clients asked for in vain, by who refused it.",
      [...this.#refused.values()],
    );
    yield counter(
      "dropped_frames",
      "Video frames that players missed while they waited for a key frame.",
      by("protocol", [...sent].map(([protocol, { dropped }]) => [protocol, dropped])),
    );
    yield counter("stream_faults", "Kinds of faults that publishers' streams had.", this.#faults);
    yield counter("over_rate", "Times that a client had to be told of [limits].", this.#overRate);
  }
}

/** Counts one more of these labels, which have few values. */
function count(
  counts: Map<string, Sample & { value: number }>,
  labels: Readonly<Record<string, string>>,
): void {
  const key = Object.values(labels).join(" ");
  const sample = counts.get(key);
  if (sample === undefined) counts.set(key, { labels, value: 1 });
  else sample.value++;
}

function none(names: readonly string[]): Map<string, number> {
  return new Map(names.map((name) => [name, 0]));
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

function trafficOf(all: Map<string, Traffic>, name: string): Traffic {
  let traffic = all.get(name);
  if (traffic === undefined) all.set(name, traffic = new Traffic());
  return traffic;
}

function addFeed(all: Map<string, Traffic>, publication: Publication, feed: Feed): void {
  const traffic = trafficOf(all, feed.source);
  traffic.add(Traffic.of(publication));
  traffic.add(feed.before, -1);
}

function addListener(all: Map<string, Traffic>, listener: Listener): void {
  trafficOf(all, protocolOf(listener.client)).add(Traffic.of(listener));
}

function copyOf(all: ReadonlyMap<string, Traffic>): Map<string, Traffic> {
  const copy = new Map<string, Traffic>();
  for (const [name, traffic] of all) trafficOf(copy, name).add(traffic);
  return copy;
}

function byKind(
  label: string,
  all: ReadonlyMap<string, Traffic>,
  values: (traffic: Traffic) => Readonly<Record<Kind, number>>,
): Sample[] {
  return [...all].flatMap(([name, traffic]) =>
    KINDS.map((kind) => ({ labels: { [label]: name, kind }, value: values(traffic)[kind] }))
  );
}
