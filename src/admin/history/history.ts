import type { Clock, Timer } from "../../base/mod.ts";
import type { Hub, Listener, Publication } from "../../hub/mod.ts";
import type { LoopDelay } from "../loop_delay.ts";
import type { MediaCounts } from "../media_counts.ts";
import { Curves, type ShownCurves } from "./curves.ts";
import { KeepingUp } from "./keeping_up.ts";
import { StreamHistory } from "./stream_history.ts";

/** Milliseconds between two samples. */
export const SAMPLE_INTERVAL = 5_000;

/** Publications that have curves: each takes some 20 kilobytes. */
const MAX_STREAMS = 1_000;

/** What the process uses. */
export interface Usage {
  /** Seconds of processors so far. */
  readonly cpu: number;
  /** Bytes. */
  readonly resident: number;
  readonly heap: number;
}

/** What is sampled. */
export interface HistoryOptions {
  readonly hub: Hub;
  readonly counts: MediaCounts;
  readonly loopDelay: LoopDelay;
  readonly usage: () => Usage;
}

const OVERVIEW = [
  "clients",
  "publications",
  "listeners",
  "received",
  "sent",
  "dropped",
  "cpu",
  "loopDelay",
  "resident",
] as const;

/**
 * The last hour, kept in memory: of the server, and of each publication that runs. The counters of
 * the hub are read every five seconds; nothing is done for each message.
 */
export class History {
  readonly #clock: Clock;
  readonly #options: HistoryOptions;
  readonly #overview = new Curves(OVERVIEW);
  readonly #streams = new Map<Publication, StreamHistory>();
  readonly #keepingUp = new WeakMap<Listener, KeepingUp>();
  readonly #timer: Timer;
  #at: number;
  #sampledAt: number;
  #before: { received: number; sent: number; dropped: number };
  #cpuBefore: number;
  #forget: () => void;

  constructor(options: HistoryOptions) {
    const { hub, counts, usage } = options;
    this.#options = options;
    this.#clock = hub.clock;
    this.#at = this.#clock.epoch();
    this.#sampledAt = this.#clock.now();
    this.#before = counts.totals();
    this.#cpuBefore = usage().cpu;
    this.#timer = this.#clock.every(SAMPLE_INTERVAL, () => this.#sample());
    this.#forget = hub.observers.add({
      onPublished: (publication) => this.#begin(publication),
      onUnpublished: (publication) => this.#streams.delete(publication),
    });
  }

  /** A value of the newest sample; 0 before the first. */
  last(name: typeof OVERVIEW[number]): number {
    return this.#overview.last(name);
  }

  /** Milliseconds since the Unix epoch. */
  get now(): number {
    return this.#clock.epoch();
  }

  /** @param samples how many of the newest at most */
  overview(samples: number): ShownCurves {
    return this.#overview.show(this.#at, SAMPLE_INTERVAL, samples);
  }

  /** What is kept of a publication; undefined when it does not run, or too many do. */
  stream(publication: Publication): StreamHistory | undefined {
    return this.#streams.get(publication);
  }

  /** The curves of a publication. */
  curvesOf(stream: StreamHistory, samples: number): ShownCurves {
    return stream.curves.show(this.#at, SAMPLE_INTERVAL, samples);
  }

  /** How a listener kept up in the last minute; undefined before its first sample. */
  keepingUp(listener: Listener): KeepingUp | undefined {
    return this.#keepingUp.get(listener);
  }

  close(): void {
    this.#timer.cancel();
    this.#forget();
  }

  #begin(publication: Publication): void {
    if (this.#streams.size >= MAX_STREAMS) return;
    this.#streams.set(publication, new StreamHistory(publication));
  }

  #sample(): void {
    const { hub, counts, loopDelay, usage } = this.#options;
    const now = this.#clock.now();
    const seconds = Math.max(0.001, (now - this.#sampledAt) / 1000);
    this.#at = this.#clock.epoch();
    this.#sampledAt = now;
    let [publications, listeners] = [0, 0];
    for (const publication of hub.streams) {
      if (publication.isRunning) publications++;
      listeners += publication.listeners.size;
      const late = this.#sampleListeners(publication);
      this.#streams.get(publication)?.sample(seconds, late);
    }
    const totals = counts.totals();
    const { cpu, resident } = usage();
    const rate = (name: keyof typeof totals) => (totals[name] - this.#before[name]) / seconds;
    this.#overview.add({
      clients: hub.clients.size,
      publications,
      listeners,
      received: rate("received"),
      sent: rate("sent"),
      dropped: rate("dropped"),
      cpu: (cpu - this.#cpuBefore) / seconds,
      loopDelay: loopDelay.takeWorst(),
      resident,
    });
    this.#before = totals;
    this.#cpuBefore = cpu;
  }

  /** Frames that a publication's listeners were too slow for since the last sample. */
  #sampleListeners({ listeners }: Publication): number {
    let late = 0;
    for (const listener of listeners.values()) {
      const known = this.#keepingUp.get(listener);
      if (known !== undefined) late += known.sample();
      else {
        this.#keepingUp.set(listener, new KeepingUp(listener, SAMPLE_INTERVAL));
        late += listener.lateFrames;
      }
    }
    return late;
  }
}
