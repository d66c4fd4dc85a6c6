import type { Clock } from "../../base/mod.ts";
import type { Hub, Tap } from "../../hub/mod.ts";
import {
  type MediaMessage,
  Mp4Muxer,
  type Mp4Sink,
  type TrackKind,
  TransportFragments,
} from "../../media/mod.ts";
import { FrameRate } from "./frame_rate.ts";
import { GONE_PATIENCE, type HlsSettings, MAX_RENDITIONS, STREAM_LINGER } from "./params.ts";
import { Rendition } from "./rendition.ts";
import { RenditionAnswers } from "./rendition_answers.ts";
import type { SegmentStore } from "./segment_store.ts";
import { StreamDates } from "./stream_dates.ts";
import { randomToken } from "./token.ts";

export interface StreamOptions {
  readonly hub: Hub;
  /** Of the publication. */
  readonly name: string;
  readonly settings: HlsSettings;
  readonly store: SegmentStore | undefined;
  /** MPEG-TS; otherwise MP4. */
  readonly isTransport: boolean;
  /** It is over: told once. */
  readonly onEnd: () => void;
}

/** What cuts messages into parts. */
type Muxer = Pick<Mp4Muxer, "push" | "flush">;

/** A publication as segments, muxed once for all that play it, while some do. */
export class HlsStream {
  readonly name: string;
  /** What its segments are found by: random, so that it cannot be guessed. */
  readonly token = randomToken();
  /** The first has pictures and the first sound, or what there is of them. */
  readonly renditions: Rendition[] = [];
  /** What players of each are answered, by its name. */
  readonly answers = new Map<string, RenditionAnswers>();
  readonly frameRates = new Map<Rendition, number>();
  readonly #dates: StreamDates;
  readonly #dateOf = (time: number) => this.#dates.dateOf(time);
  readonly #options: StreamOptions;
  readonly #clock: Clock;
  readonly #tap: Tap;
  readonly #muxers: Muxer[] = [];
  /** Numbers of the tracks that the first rendition has, and all that a rendition has. */
  readonly #first: { audio: number | undefined; video: number | undefined } = {
    audio: undefined,
    video: undefined,
  };
  readonly #taken = new Set<string>();
  readonly #unseen: { kind: TrackKind; number: number }[] = [];
  #users = 0;
  /** When the last user left, and when the publisher did; undefined while there is one. */
  #unusedSince: number | undefined;
  #goneSince: number | undefined;
  /** It is muxed also without players. */
  #isKept = false;
  /** Has it fetched from elsewhere for who plays it: with a window it is muxed without players, too. */
  #demand: Tap | undefined;
  #isOver = false;

  /** @throws Refusal for a name that no stream can have */
  constructor(options: StreamOptions) {
    const { hub, name } = options;
    this.name = name;
    this.#options = options;
    this.#clock = hub.clock;
    this.#dates = new StreamDates(hub.clock);
    this.#unusedSince = hub.clock.now();
    this.#tap = hub.tap({
      name,
      groups: 2,
      isPassive: options.settings.window > 0,
      onReady: () => this.#take(),
      // All that comes is taken at once: there is none.
      onOverrun: () => this.end(),
    });
    this.#addRendition("main", (kind, number) => this.#isFirst(kind, number));
    this.#take();
  }

  /** Ending of the names of its segments. */
  get extension(): string {
    return this.#options.isTransport ? "ts" : "m4s";
  }

  get main(): Rendition {
    return this.renditions[0]!;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get isUsed(): boolean {
    return this.#users > 0;
  }

  /** Renditions whose playlists can be written. */
  get ready(): Rendition[] {
    return this.renditions.filter((rendition) => rendition.isReady);
  }

  use(): void {
    this.#users++;
    this.#unusedSince = undefined;
    if (this.#options.settings.window === 0 || this.#isOver) return;
    this.#demand ??= demandOf(this.#options.hub, this.name);
  }

  leave(): void {
    if (--this.#users === 0) this.#unusedSince = this.#clock.now();
  }

  keep(): void {
    this.#isKept = true;
  }

  /** It is over and has no players any more. */
  release(): void {
    for (const rendition of this.renditions) rendition.release();
  }

  /** Ends it when it has lost its players or its publisher; those that wait look again. */
  sweep(now: number): void {
    const isUnused = this.#unusedSince !== undefined && now - this.#unusedSince >= STREAM_LINGER;
    const isGone = this.#goneSince !== undefined && now - this.#goneSince >= GONE_PATIENCE;
    if (isUnused) this.#endDemand();
    if ((isUnused && !this.#isKept) || isGone) this.end();
    for (const rendition of this.renditions) rendition.wake();
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#tap.close();
    this.#endDemand();
    for (const muxer of this.#muxers) muxer.flush();
    for (const rendition of this.renditions) {
      rendition.settle(this.#dateOf);
      rendition.end();
    }
    this.#options.onEnd();
  }

  #endDemand(): void {
    this.#demand?.close();
    this.#demand = undefined;
  }

  #take(): void {
    if (this.#isOver) return;
    for (let message = this.#tap.next(); message !== undefined; message = this.#tap.next()) {
      if (message.kind === "unpublished") this.#goneSince = this.#clock.now();
      else if (message.kind === "published") this.#goneSince = undefined;
      this.#push(message);
    }
    for (const rendition of this.renditions) {
      rendition.settle(this.#dateOf);
      rendition.wake();
    }
  }

  #push(message: MediaMessage): void {
    for (const muxer of this.#muxers) muxer.push(message);
    for (let other = this.#unseen.pop(); other !== undefined; other = this.#unseen.pop()) {
      const { kind, number } = other;
      const name = `${kind}${number}`;
      const selects = kind === "audio"
        ? (its: TrackKind, at: number) => its === "audio" && at === number
        : (its: TrackKind, at: number) => its === kind ? at === number : this.#isFirst(its, at);
      const muxer = this.#addRendition(name, selects, kind);
      for (const header of this.#tap.publication.configs) muxer.push(header);
      muxer.push(message);
    }
  }

  #isFirst(kind: TrackKind, number: number): boolean {
    const first = this.#first[kind] ??= number;
    const key = `${kind} ${number}`;
    if (!this.#taken.has(key) && this.#taken.size < MAX_RENDITIONS) {
      this.#taken.add(key);
      if (number !== first) this.#unseen.push({ kind, number });
    }
    return number === first;
  }

  #addRendition(
    name: string,
    tracks: (kind: TrackKind, number: number) => boolean,
    kind?: TrackKind,
  ): Muxer {
    const { settings, store, isTransport } = this.#options;
    const { part } = settings;
    const { kinds, keyInterval } = this.#tap.publication;
    const group = () => this.#tap.publication.keyInterval;
    const rendition = new Rendition(name, { ...settings, store, keyInterval, group });
    this.renditions.push(rendition);
    this.answers.set(name, new RenditionAnswers(rendition, this, this.#clock));
    const frames = new FrameRate();
    const sink: Mp4Sink = {
      init: (init) => {
        frames.reset();
        rendition.begin(init);
      },
      fragment: (fragment) => {
        this.#dates.note(fragment.time + fragment.duration);
        frames.note(fragment);
        if (frames.rate !== undefined) this.frameRates.set(rendition, frames.rate);
        rendition.add(fragment);
      },
    };
    const expected = kind === "audio" ? { audio: true, video: false } : kinds;
    const options = {
      part,
      tracks,
      kinds: expected,
      group,
      longest: () => rendition.partTarget,
    };
    const muxer = isTransport ? new TransportFragments(sink, options) : new Mp4Muxer(sink, options);
    this.#muxers.push(muxer);
    return muxer;
  }
}

/** A tap that takes nothing, and says that a publication is wanted. */
function demandOf(hub: Hub, name: string): Tap {
  const tap: Tap = hub.tap({
    name,
    onReady: () => {
      while (tap.next() !== undefined);
    },
    onOverrun: () => tap.close(),
  });
  return tap;
}
