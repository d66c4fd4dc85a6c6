import type { Clock } from "../base/mod.ts";
import { NOTHING } from "../bytes/mod.ts";
import {
  audioRole,
  type DataFormat,
  type MediaEncoder,
  type MediaKinds,
  type MediaMessage,
  type Role,
  videoRole,
  wholeMetadata,
} from "../media/mod.ts";
import { Audience } from "./audience.ts";
import type { ChainedMessage } from "./chained_message.ts";
import type { Client } from "./client.ts";
import { Feed, type PublisherSink } from "./feed.ts";
import type { Listener } from "./listener.ts";
import type { MediaCursor } from "./media_cursor.ts";
import { KeyFrames } from "./key_frames.ts";
import { MessageChain } from "./message_chain.ts";
import type { Origin, PublishMode } from "./origin.ts";
import { GroupBudget, KeptGroups } from "./kept_groups.ts";
import { ASKED_GROUP_LIMIT, GOP_CACHE_LIMIT, KEY_PATIENCE, type LiveRules } from "./params.ts";
import { QualityOfService } from "./qos.ts";
import type { Refusal } from "./refusal.ts";
import { EncodedLogs } from "./encoded_log.ts";
import { EncodedStream } from "./encoded_stream.ts";
import { StreamClock } from "./stream_clock.ts";
import type { LocalName } from "./stream_names.ts";
import { Tracks } from "./tracks.ts";

/** What applications are told of one publication. */
export interface PublicationEvents {
  onAudio(publication: Publication, time: number, payload: Uint8Array): void;
  onVideo(publication: Publication, time: number, payload: Uint8Array): void;
  onData(publication: Publication, name: string, payload: Uint8Array, format: DataFormat): void;
  onProperties(publication: Publication): void;
  onFlush(publication: Publication): void;
}

/** Which of the {@link PublicationEvents} a script listens to. */
export interface PublicationHooks {
  audio: boolean;
  video: boolean;
  data: boolean;
  flush: boolean;
  properties: boolean;
}

/** What a publication is made with. */
export interface PublicationOptions extends LocalName {
  /** On this server. */
  readonly name: string;
  readonly clock: Clock;
  /** Who is told of media and metadata where {@link PublicationHooks} ask for it. */
  readonly handler: () => PublicationEvents;
  readonly rules: LiveRules;
  /** Hears what is mended or left out of what a publisher sends. */
  readonly onFault: (fault: string) => void;
}

/**
 * A live stream: a chain of messages that its publisher appends to and that each listener walks at
 * its own pace. It exists while it has a publisher or listeners.
 */
export class Publication {
  /** On this server. */
  readonly name: string;
  /** Whose stream it is, and what its clients call it: see {@link StreamNames}. */
  readonly application: string;
  readonly localName: string;
  readonly audience: Audience;
  readonly audioQos: QualityOfService;
  readonly videoQos: QualityOfService;
  readonly dataQos: QualityOfService;
  readonly hooks: PublicationHooks = {
    audio: false,
    video: false,
    data: false,
    flush: false,
    properties: false,
  };
  /** Parameters of the publish request, such as `key` in `stream?key=1`. */
  parameters: ReadonlyMap<string, string> = new Map();
  /** What its publisher asked for; only "live" comes true without a recorder. */
  mode: PublishMode = "live";
  /** Kept by the script that owns the application. */
  context: unknown = undefined;
  /** When its publisher was accepted, in milliseconds since the Unix epoch; 0 before the first. */
  startedAt = 0;
  /** Players that the application has not decided about yet; only the hub counts them. */
  awaited = 0;

  readonly #clock: Clock;
  readonly #handler: () => PublicationEvents;
  readonly #onFault: (fault: string) => void;
  /** Faults of this publisher that were told, by kind. */
  readonly #faults = new Map<string, string>();
  /** Every newcomer begins with the group that runs, not only those that ask for it. */
  readonly #isGroupForAll: boolean;
  readonly #logs = new EncodedLogs();
  readonly #feed = new Feed();
  readonly #chain = new MessageChain();
  #lastKey = -1;
  readonly #groups: KeptGroups;
  #metadata: ChainedMessage | undefined;
  #tracks = new Tracks();
  readonly #keyFrames: KeyFrames;
  readonly #time = new StreamClock();

  constructor(options: PublicationOptions) {
    const { name, application, localName, clock, handler, rules, onFault } = options;
    this.name = name;
    this.application = application;
    this.localName = localName;
    this.#onFault = onFault;
    this.audience = new Audience(clock, rules);
    this.#clock = clock;
    this.#handler = handler;
    this.#isGroupForAll = rules.gop;
    // A newcomer that begins with a group is behind by its size: it must not be cut for that.
    const limit = Math.min(rules.gop ? GOP_CACHE_LIMIT : ASKED_GROUP_LIMIT, rules.limits.cut / 2);
    const budget = rules.gop ? undefined : rules.groups;
    this.#groups = new KeptGroups(limit, budget ?? new GroupBudget(Infinity));
    this.#keyFrames = new KeyFrames({
      hasGroup: () => this.#isGroupForAll && this.#groups.start(1) !== undefined,
      onMissing: () => {
        const seconds = KEY_PATIENCE / 1000;
        this.#fault("key", `no key frame for ${seconds} s: players begin at any frame`);
      },
    });
    this.audioQos = new QualityOfService(clock);
    this.videoQos = new QualityOfService(clock);
    this.dataQos = new QualityOfService(clock);
  }

  /** True while something feeds it. */
  get isRunning(): boolean {
    return this.#feed.isBegun;
  }

  /** The same, and while the application decides about the publisher, which has the name already. */
  get isTaken(): boolean {
    return this.#feed.isTaken;
  }

  get listeners(): ReadonlyMap<string, Listener> {
    return this.audience.listeners;
  }

  /** The client that publishes; undefined when its {@link origin} is none, or nothing feeds it. */
  get publisher(): Client | undefined {
    return this.#feed.publisher;
  }

  /** What feeds it, or fed it last; undefined before the first. */
  get origin(): Origin | undefined {
    return this.#feed.origin;
  }

  /** The {@link origin} as scripts see it; empty before the first. */
  get publisherId(): string {
    return this.#feed.publisherId;
  }

  /** Bytes of all messages so far. */
  get position(): number {
    return this.#chain.position;
  }

  /** Position of the newest key frame; -1 before the first. */
  get lastKey(): number {
    return this.#lastKey;
  }

  /** Milliseconds between the publisher's two newest key frames; 0 before the second. */
  get keyInterval(): number {
    return this.#keyFrames.interval;
  }

  /** Kinds of faults that were told of this publisher's stream. */
  get faults(): Iterable<string> {
    return this.#faults.values();
  }

  /** Time of the newest frame, in milliseconds. */
  get lastTime(): number {
    return this.#time.lastTime;
  }

  /** The metadata that newcomers get first; undefined when there is none. */
  get metadata(): ChainedMessage | undefined {
    return this.#metadata;
  }

  /** Codec headers that newcomers get before any frame. */
  get configs(): Iterable<ChainedMessage> {
    return this.#tracks.configs;
  }

  /** Frames of the publisher came, not only codec headers. */
  get hasFrames(): boolean {
    return this.#tracks.hasFrames;
  }

  /** A frame or codec header of each codec it has, as far as is known. */
  get samples(): Iterable<MediaMessage> {
    return this.#tracks.samples();
  }

  /**
   * The kinds of media it has: what came of late; before the first frame also what its metadata
   * says, and both when nothing can be told.
   */
  get kinds(): MediaKinds {
    return this.#tracks.kindsWith(this.#metadata);
  }

  /**
   * The message after which a new listener begins.
   * @param groups of pictures that it wants, if they are kept: the one that runs, the one before
   */
  start(groups: number): ChainedMessage {
    const group = this.#groups.start(Math.max(groups, this.#isGroupForAll ? 1 : 0));
    return group ?? this.#chain.lastSeen;
  }

  /** The time at which its stream begins, in milliseconds. */
  startTime(groups: number): number {
    const group = this.#groups.start(Math.max(groups, this.#isGroupForAll ? 1 : 0));
    return group?.next?.time ?? this.#time.lastTime;
  }

  /** The media of one cursor as bytes. */
  stream(cursor: MediaCursor, encoder: MediaEncoder): EncodedStream {
    return new EncodedStream(cursor, this.#logs, encoder);
  }

  /**
   * Only the hub calls this: the name is taken, before the application decides about the client.
   * Other origins have neither client nor sink.
   */
  reserve(origin: Origin, publisher?: Client, sink?: PublisherSink): void {
    this.#feed.reserve(origin, publisher, sink);
    this.#time.reset();
    this.#keyFrames.reset();
    this.#faults.clear();
  }

  /** Only the hub calls this: the publisher was accepted, listeners are told. */
  begin(): void {
    this.#feed.isBegun = true;
    this.startedAt = this.#clock.epoch();
    this.#chain.append("published", "frame", this.#time.lastTime, NOTHING);
    this.flush();
  }

  /** Only the hub calls this: the name is free again; listeners were told nothing. */
  withdraw(): void {
    this.#feed.end();
  }

  /** Only the hub calls this: the publisher is gone, listeners stay and wait. */
  end(): void {
    this.withdraw();
    this.#metadata = undefined;
    this.#tracks = new Tracks();
    this.#lastKey = -1;
    this.#groups.drop();
    this.#time.end(this.#clock.now());
    this.#chain.append("unpublished", "frame", this.#time.lastTime, NOTHING);
    this.flush();
  }

  /** Appends an audio tag body; `time` in ms of the publisher, `lost` packets since the last one. */
  audio(time: number, payload: Uint8Array, lost = 0): void {
    if (!this.#feed.isTaken) return;
    this.audioQos.add(payload.length, lost);
    const role = audioRole(payload);
    if (role === "config" && !this.#accepts("audio", payload)) return;
    const message = this.#chain.append("audio", role, this.#shift(time, role), payload);
    if (role === "config") this.#tracks.keep("audio", message, this.audioQos.lastTime);
    else this.#note("audio", payload, this.audioQos.lastTime, false);
    if (this.hooks.audio || this.#feed.publisher?.hooks.audio) {
      this.#handler().onAudio(this, time, payload);
    }
  }

  /** Appends a video tag body; `time` in ms of the publisher, `lost` packets since the last one. */
  video(time: number, payload: Uint8Array, lost = 0): void {
    if (!this.#feed.isTaken) return;
    this.videoQos.add(payload.length, lost);
    const role = this.#keyFrames.role(payload, time, this.#tracks);
    if (role === "config" && !this.#accepts("video", payload)) return;
    // No player can show frames before the first key frame, nor one that watched the last publisher.
    if (role !== "frame" || this.#lastKey >= 0) this.#appendVideo(time, payload, role);
    if (this.hooks.video || this.#feed.publisher?.hooks.video) {
      this.#handler().onVideo(this, time, payload);
    }
  }

  #appendVideo(time: number, payload: Uint8Array, role: Role): void {
    const before = this.#chain.last;
    const message = this.#chain.append("video", role, this.#shift(time, role), payload);
    if (role === "config") {
      this.#tracks.keep("video", message, this.videoQos.lastTime);
    } else {
      const isKey = role === "key" && videoRole(payload) === "key";
      if (role === "key") this.#lastKey = message.position;
      if (isKey) this.#groups.begin(before);
      this.#note("video", payload, this.videoQos.lastTime, isKey);
    }
    this.#groups.grow(this.position);
  }

  /** Appends named data in the publisher's format. */
  data(name: string, payload: Uint8Array, format: DataFormat): void {
    if (!this.#feed.isTaken) return;
    this.dataQos.add(payload.length);
    this.#chain.append("data", "frame", this.#time.lastTime, payload, name, format);
    if (this.hooks.data || this.#feed.publisher?.hooks.data) {
      this.#handler().onData(this, name, payload, format);
    }
  }

  /** Sets the metadata that newcomers get first, and tells the listeners there are. */
  setMetadata(name: string, payload: Uint8Array, format: DataFormat): void {
    if (!this.#feed.isTaken) return;
    const whole = wholeMetadata({ payload, format });
    if (whole.fault !== undefined) {
      this.#fault("metadata", `metadata is passed on as far as it can be read: ${whole.fault}`);
    }
    // At time 0: ffmpeg takes metadata of a later time for a subtitle stream.
    this.#metadata = this.#chain.append("data", "config", 0, whole.payload, name, whole.format)
      .alone();
    if (this.hooks.properties) this.#handler().onProperties(this);
  }

  clearMetadata(): void {
    if (this.#metadata === undefined) return;
    this.#metadata = undefined;
    if (this.hooks.properties) this.#handler().onProperties(this);
  }

  /**
   * What is appended from now on reaches no listener before the next {@link flush}. A protocol has
   * no need of it: its batches end before listeners are told.
   */
  hold(): void {
    this.#chain.hold();
  }

  /** Tells the listeners of what was appended; a protocol calls it once per batch of input. */
  flush(): void {
    const news = this.#chain.release();
    if (news === "none") return;
    this.audience.tell(this.position, news === "sound" && this.#lastKey >= 0);
    if (this.hooks.flush) this.#handler().onFlush(this);
  }

  /** Brings the rates of the publication and its listeners up to date. */
  sample(): void {
    for (const qos of [this.audioQos, this.videoQos, this.dataQos]) qos.sample();
    this.audience.sample();
  }

  /** Only the hub calls this: another wants the name. */
  probePublisher(): void {
    this.#feed.probe();
  }

  /**
   * Asks the publishing client to close its stream, with a NetStream status first when given. A
   * publisher that is not accepted yet is not to be: {@link refusal} says so.
   */
  closePublisher(code: string | undefined, description: string): void {
    this.#feed.close(code, description);
  }

  /** Why an application does not want the publisher that it is asked about; undefined when it may. */
  get refusal(): Refusal | undefined {
    return this.#feed.refusal;
  }

  #accepts(kind: "audio" | "video", payload: Uint8Array): boolean {
    const isGood = this.#tracks.accepts(kind, payload);
    if (!isGood) this.#fault(`${kind} header`, `a broken codec header of ${kind} is left out`);
    return isGood;
  }

  #note(kind: "audio" | "video", payload: Uint8Array, at: number, isKey: boolean): void {
    if (!this.#tracks.note(kind, payload, at, isKey)) return;
    this.audience.recode();
  }

  #fault(kind: string, fault: string): void {
    if (this.#faults.has(kind)) return;
    this.#faults.set(kind, fault);
    this.#onFault(fault);
  }

  #shift(time: number, role: Role): number {
    return this.#time.shift(time, role, this.audience.size > 0, this.#clock);
  }
}
