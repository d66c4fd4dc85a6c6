import type { Clock } from "../../../base/mod.ts";
import { equalBytes, hex } from "../../../bytes/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import type { Session } from "../session/session.ts";
import { type StreamKey, writePull } from "./messages.ts";
import {
  ENDED_REMEMBERED,
  GIVE_UP_AFTER,
  MAX_AHEAD,
  MAX_LOOKED_AT,
  MAX_PULLS,
  PULL_AFTER,
  PULL_AGAIN,
  SILENCE,
} from "./params.ts";
import { type GroupMedia, PartQueue } from "./part_queue.ts";
import { Source } from "./source.ts";

/** What a receiver tells its user. */
export interface ReceiverEvents {
  onMedia(media: GroupMedia): void;
  /** What has come now is all. */
  onBatch(): void;
  /** The stream has ended; another one of the name may begin. */
  onEnd(): void;
}

/**
 * Plays a stream of a group, out of parts that its members push to us, and that we fetch where they
 * do not come. One stream of the name at a time: the first that is announced.
 */
export class Receiver {
  readonly name: string;
  readonly #clock: Clock;
  readonly #events: ReceiverEvents;
  #stream: StreamKey | undefined;
  readonly #sources: Source[] = [];
  #parts = new PartQueue();
  /** Newest parts that members had, with when that was known. */
  #newest: { readonly id: number; readonly at: number }[] = [];
  /** When a part was asked for, and how often. */
  readonly #pulls = new Map<number, { at: number; count: number }>();
  #heardAt = 0;
  /** When the part that everything waits for was waited for first. */
  #waiting: { readonly id: number; readonly since: number } | undefined;
  #last = Infinity;
  /** Keys of streams that are over, in hexadecimal. */
  readonly #ended: string[] = [];

  constructor(name: string, clock: Clock, events: ReceiverEvents) {
    this.name = name;
    this.#clock = clock;
    this.#events = events;
  }

  /** Members that it gets parts from. */
  get sources(): number {
    return this.#sources.length;
  }

  /** Subscribes to a stream that a peer announces; undefined when it is not wanted. */
  offer(session: Session, stream: StreamKey, main: RecvFlow): Source | undefined {
    if (stream.name !== this.name || this.#ended.includes(hex(stream.key))) return undefined;
    if (this.#stream !== undefined && !equalBytes(this.#stream.key, stream.key)) return undefined;
    if (this.#stream === undefined) {
      this.#stream = stream;
      this.#heardAt = this.#clock.now();
    }
    const source = new Source(session, stream, main);
    this.#sources.push(source);
    this.#share();
    return source;
  }

  /** A member says that the stream is over with that part. */
  onLast(id: number): void {
    this.#last = id;
  }

  /** @throws ProtocolError for what is no part */
  onPart(bytes: Uint8Array): void {
    this.#heardAt = this.#clock.now();
    this.#parts.add(bytes);
    this.#deliver();
  }

  remove(source: Source): void {
    const index = this.#sources.indexOf(source);
    if (index < 0) return;
    this.#sources.splice(index, 1);
    source.close();
    this.#share();
  }

  /** Fetches what is missing, gives up what no peer has, and finds out that the stream is over. */
  check(): void {
    if (this.#stream === undefined) return;
    const now = this.#clock.now();
    this.#noteNewest(now);
    this.#pullMissing(now);
    this.#skipLost(now);
    const isDone = this.#parts.isEmpty && (this.#parts.next ?? 0) >= this.#last;
    const isLost = this.#sources.length === 0 && now - this.#heardAt > SILENCE;
    if (isDone || isLost) this.end();
  }

  /** Forgets the stream: the next one that is announced is played. */
  end(): void {
    if (this.#stream === undefined) return;
    this.#ended.unshift(hex(this.#stream.key));
    this.#ended.length = Math.min(this.#ended.length, ENDED_REMEMBERED);
    this.#stream = undefined;
    for (const source of this.#sources.splice(0)) source.close();
    this.#parts = new PartQueue();
    this.#newest = [];
    this.#pulls.clear();
    this.#waiting = undefined;
    this.#last = Infinity;
    this.#events.onEnd();
  }

  #deliver(): void {
    for (let isEmpty = true;; isEmpty = false) {
      const { next } = this.#parts;
      const media = this.#parts.take();
      if (media === undefined) return isEmpty ? undefined : this.#events.onBatch();
      for (let id = next ?? 0; id < this.#parts.next!; id++) this.#pulls.delete(id);
      this.#events.onMedia(media);
    }
  }

  /** Each source pushes some of the eight remainders. */
  #share(): void {
    const masks = this.#sources.map(() => 0);
    for (let remainder = 0; remainder < 8 && masks.length > 0; remainder++) {
      masks[remainder % masks.length]! |= 1 << remainder;
    }
    this.#sources.forEach((source, index) => source.push(masks[index]!));
  }

  /** What members say that they have; what is far ahead is not believed. */
  #noteNewest(now: number): void {
    const most = (this.#parts.next ?? Infinity) + MAX_AHEAD;
    let newest = 0;
    for (const { last } of this.#sources) if (last <= most) newest = Math.max(newest, last);
    if ((this.#newest.at(-1)?.id ?? 0) > most) this.#newest = [];
    if (newest > (this.#newest.at(-1)?.id ?? 0)) this.#newest.push({ id: newest, at: now });
  }

  #pullMissing(now: number): void {
    while (this.#newest.length > 1 && now - this.#newest[1]!.at >= PULL_AFTER) this.#newest.shift();
    const due = this.#newest[0];
    if (due === undefined || now - due.at < PULL_AFTER) return;
    const from = this.#parts.next ?? due.id;
    const to = Math.min(due.id, from + MAX_LOOKED_AT);
    for (let id = from, asked = 0; id <= to && asked < MAX_PULLS; id++) {
      if (this.#parts.has(id)) continue;
      const pull = this.#pulls.get(id) ?? { at: -Infinity, count: 0 };
      if (now - pull.at < PULL_AGAIN) continue;
      const having = this.#sources.filter((source) => source.has(id));
      const source = having[pull.count % Math.max(having.length, 1)];
      if (source === undefined) continue;
      source.pull(writePull(id));
      this.#pulls.set(id, { at: now, count: pull.count + 1 });
      asked++;
    }
  }

  #skipLost(now: number): void {
    const id = this.#parts.next;
    if (id === undefined || this.#parts.isEmpty) return void (this.#waiting = undefined);
    if (this.#waiting?.id !== id) return void (this.#waiting = { id, since: now });
    if (now - this.#waiting.since < GIVE_UP_AFTER) return;
    this.#parts.skip();
    this.#pulls.clear();
    this.#deliver();
  }
}
