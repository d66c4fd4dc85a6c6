import type { Clock } from "../base/mod.ts";
import { NOTHING } from "../bytes/mod.ts";
import type { Value } from "../codecs/mod.ts";
import {
  audioRole,
  type DataFormat,
  type MediaEncoder,
  type MediaKind,
  type MediaKinds,
  type MediaMessage,
  namedData,
  type Role,
  trackOf,
  videoRole,
  wholeMetadata,
} from "../media/mod.ts";
import { Audience } from "./audience.ts";
import { ChainedMessage } from "./chained_message.ts";
import type { Client } from "./client.ts";
import type { Handler } from "./handler.ts";
import type { Listener } from "./listener.ts";
import type { MediaCursor } from "./media_cursor.ts";
import { type Origin, publisherId } from "./origin.ts";
import { GroupBudget, KeptGroups } from "./kept_groups.ts";
import { ASKED_GROUP_LIMIT, GOP_CACHE_LIMIT, KEY_PATIENCE, type LiveRules } from "./params.ts";
import { QualityOfService } from "./qos.ts";
import type { PublishMode } from "./recorded.ts";
import { Refusal } from "./refusal.ts";
import { EncodedLogs } from "./encoded_log.ts";
import { EncodedStream } from "./encoded_stream.ts";
import { StreamClock } from "./stream_clock.ts";
import type { LocalName } from "./stream_names.ts";
import { Tracks } from "./tracks.ts";

/** What a protocol does for a publisher that is its client. */
export interface PublisherSink {
  /** Sends NetStream.`code` when there is one, and calls `close` on the publisher's NetStream. */
  close(code: string | undefined, description: string): void;
  /** Another wants the name: the protocol asks the client for a sign of life, where it can. */
  probe?(): void;
}

/** Events of one publication that a script listens to. */
export interface PublicationHooks {
  audio: boolean;
  video: boolean;
  data: boolean;
  flush: boolean;
  properties: boolean;
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
  readonly #handler: () => Handler;
  readonly #onFault: (fault: string) => void;
  /** Faults of this publisher that were told, by kind. */
  readonly #faults = new Map<string, string>();
  /** Every newcomer begins with the group that runs, not only those that ask for it. */
  readonly #isGroupForAll: boolean;
  readonly #logs = new EncodedLogs();
  /** Something other than sound was appended since the last flush. */
  #isUrgent = false;
  #publisher: Client | undefined;
  #sink: PublisherSink | undefined;
  #isTaken = false;
  /** The publisher was accepted. */
  #isBegun = false;
  #refusal: Refusal | undefined;
  #origin: Origin | undefined;
  #last = new ChainedMessage("unpublished", "frame", 0, NOTHING, 0);
  #lastKey = -1;
  readonly #groups: KeptGroups;
  #metadata: ChainedMessage | undefined;
  #tracks = new Tracks();
  /** The publisher's time of the newest key frame, or of the first frame; NaN before it. */
  #keyTime = Number.NaN;
  #keyInterval = 0;
  readonly #time = new StreamClock();
  #hasNews = false;
  #isHolding = false;
  /** The first message that listeners do not see yet, and the one before it. */
  #held: { readonly before: ChainedMessage; readonly first: ChainedMessage } | undefined;

  /** @param onFault hears what is mended or left out of what a publisher sends */
  constructor(
    { name, application, localName }: LocalName & { readonly name: string },
    clock: Clock,
    handler: () => Handler,
    rules: LiveRules,
    onFault: (fault: string) => void,
  ) {
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
    this.audioQos = new QualityOfService(clock);
    this.videoQos = new QualityOfService(clock);
    this.dataQos = new QualityOfService(clock);
  }

  /** True while something feeds it. */
  get running(): boolean {
    return this.#isBegun;
  }

  /** The same, and while the application decides about the publisher: nobody else gets the name. */
  get isTaken(): boolean {
    return this.#isTaken;
  }

  get listeners(): ReadonlyMap<string, Listener> {
    return this.audience.listeners;
  }

  /** The client that publishes; undefined when its {@link origin} is none, or nothing feeds it. */
  get publisher(): Client | undefined {
    return this.#publisher;
  }

  /** What feeds it, or fed it last; undefined before the first. */
  get origin(): Origin | undefined {
    return this.#origin;
  }

  /** The {@link origin} as scripts see it; empty before the first. */
  get publisherId(): string {
    return this.#origin === undefined ? "" : publisherId(this.#origin);
  }

  /** Bytes of all messages so far. */
  get position(): number {
    return this.#last.position + this.#last.size;
  }

  /** Position of the newest key frame; -1 before the first. */
  get lastKey(): number {
    return this.#lastKey;
  }

  /** Milliseconds between the publisher's two newest key frames; 0 before the second. */
  get keyInterval(): number {
    return this.#keyInterval;
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
    const came = this.#tracks.kinds;
    if (this.#tracks.hasFrames) return came;
    const said = this.#metadata === undefined ? undefined : namedData(this.#metadata);
    const audio = came.audio || isCodec(said?.get("audiocodecid"));
    const video = came.video || isCodec(said?.get("videocodecid"));
    return audio || video ? { audio, video } : { audio: true, video: true };
  }

  /**
   * The message after which a new listener begins.
   * @param groups of pictures that it wants, if they are kept: the one that runs, the one before
   */
  start(groups: number): ChainedMessage {
    const group = this.#groups.start(Math.max(groups, this.#isGroupForAll ? 1 : 0));
    return group ?? this.#held?.before ?? this.#last;
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
    this.#isTaken = true;
    this.#origin = origin;
    this.#publisher = publisher;
    this.#sink = sink;
    this.#isBegun = false;
    this.#refusal = undefined;
    this.#time.reset();
    this.#keyTime = Number.NaN;
    this.#keyInterval = 0;
    this.#faults.clear();
  }

  /** Only the hub calls this: the publisher was accepted, listeners are told. */
  begin(): void {
    this.#isBegun = true;
    this.startedAt = this.#clock.epoch();
    this.#append("published", "frame", this.#time.lastTime, NOTHING);
    this.flush();
  }

  /** Only the hub calls this: the name is free again; listeners were told nothing. */
  withdraw(): void {
    this.#isTaken = this.#isBegun = false;
    this.#publisher = undefined;
    this.#sink = undefined;
  }

  /** Only the hub calls this: the publisher is gone, listeners stay and wait. */
  end(): void {
    this.withdraw();
    this.#metadata = undefined;
    this.#tracks = new Tracks();
    this.#lastKey = -1;
    this.#groups.drop();
    this.#time.end(this.#clock.now());
    this.#append("unpublished", "frame", this.#time.lastTime, NOTHING);
    this.flush();
  }

  /** Appends an audio tag body; `time` in ms of the publisher, `lost` packets since the last one. */
  audio(time: number, payload: Uint8Array, lost = 0): void {
    if (!this.#isTaken) return;
    this.audioQos.add(payload.length, lost);
    const role = audioRole(payload);
    if (role === "config" && !this.#accepts("audio", payload)) return;
    const message = this.#append("audio", role, this.#shift(time, role), payload);
    if (role === "config") this.#tracks.keep("audio", message, this.audioQos.lastTime);
    else this.#note("audio", payload, this.audioQos.lastTime, false);
    if (this.hooks.audio || this.#publisher?.hooks.audio) {
      this.#handler().onAudio(this, time, payload);
    }
  }

  /** Appends a video tag body; `time` in ms of the publisher, `lost` packets since the last one. */
  video(time: number, payload: Uint8Array, lost = 0): void {
    if (!this.#isTaken) return;
    this.videoQos.add(payload.length, lost);
    const role = this.#videoRole(time, payload);
    if (role === "config" && !this.#accepts("video", payload)) return;
    // No player can show frames before the first key frame, nor one that watched the last publisher.
    if (role !== "frame" || this.#lastKey >= 0) this.#appendVideo(time, payload, role);
    if (this.hooks.video || this.#publisher?.hooks.video) {
      this.#handler().onVideo(this, time, payload);
    }
  }

  #appendVideo(time: number, payload: Uint8Array, role: Role): void {
    const before = this.#last;
    const message = this.#append("video", role, this.#shift(time, role), payload);
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
    if (!this.#isTaken) return;
    this.dataQos.add(payload.length);
    this.#append("data", "frame", this.#time.lastTime, payload, name, format);
    if (this.hooks.data || this.#publisher?.hooks.data) {
      this.#handler().onData(this, name, payload, format);
    }
  }

  /** Sets the metadata that newcomers get first, and tells the listeners there are. */
  setMetadata(name: string, payload: Uint8Array, format: DataFormat): void {
    if (!this.#isTaken) return;
    const whole = wholeMetadata({ payload, format });
    if (whole.fault !== undefined) {
      this.#fault("metadata", `metadata is passed on as far as it can be read: ${whole.fault}`);
    }
    // At time 0: ffmpeg takes metadata of a later time for a subtitle stream.
    this.#metadata = this.#append("data", "config", 0, whole.payload, name, whole.format).alone();
    if (this.hooks.properties) this.#handler().onProperties(this);
  }

  clearMetadata(): void {
    if (this.#metadata === undefined) return;
    this.#metadata = undefined;
    if (this.hooks.properties) this.#handler().onProperties(this);
  }

  /**
   * What is appended from now on reaches no listener before the next {@link flush}. A protocol has
   * no need of it: its batches are over before anybody can look.
   */
  hold(): void {
    this.#isHolding = true;
  }

  /** Tells the listeners of what was appended; a protocol calls it once per batch of input. */
  flush(): void {
    if (!this.#hasNews) return;
    this.#hasNews = false;
    if (this.#held !== undefined) this.#held.before.next = this.#held.first;
    this.#held = undefined;
    this.#isHolding = false;
    const isPatient = !this.#isUrgent && this.#lastKey >= 0;
    this.#isUrgent = false;
    this.audience.tell(this.position, isPatient);
    if (this.hooks.flush) this.#handler().onFlush(this);
  }

  /** Brings the rates of the publication and its listeners up to date. */
  sample(): void {
    for (const qos of [this.audioQos, this.videoQos, this.dataQos]) qos.sample();
    this.audience.sample();
  }

  /** Only the hub calls this: another wants the name. */
  probePublisher(): void {
    this.#sink?.probe?.();
  }

  /**
   * Asks the publishing client to close its stream, with a NetStream status first when given. A
   * publisher that is not accepted yet is not to be: {@link refusal} says so.
   */
  closePublisher(code: string | undefined, description: string): void {
    if (this.#isBegun) this.#sink?.close(code, description);
    else this.#refusal ??= new Refusal(code ?? "Publish.Failed", description);
  }

  /** Why an application does not want the publisher that it is asked about; undefined when it may. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  #append(
    kind: MediaKind,
    role: Role,
    time: number,
    payload: Uint8Array,
    name?: string,
    format?: DataFormat,
  ): ChainedMessage {
    const message = new ChainedMessage(kind, role, time, payload, this.position, name, format);
    if (this.#isHolding && this.#held === undefined) {
      this.#held = { before: this.#last, first: message };
    } else {
      this.#last.next = message;
    }
    this.#last = message;
    if (kind !== "data" && role !== "config") this.#time.lastTime = time;
    this.#hasNews = true;
    if (kind !== "audio") this.#isUrgent = true;
    return message;
  }

  /**
   * A listener begins at a key frame of the first track, which is the one that players show; at any
   * frame of it where none comes, as of an encoder that refreshes its pictures piece by piece.
   */
  #videoRole(time: number, payload: Uint8Array): Role {
    const role = videoRole(payload);
    if (role === "config") return role;
    if (role === "key") {
      if (this.#isBehind(payload)) return "frame";
      if (!Number.isNaN(this.#keyTime)) this.#keyInterval = (time - this.#keyTime) | 0;
      this.#keyTime = time;
      return role;
    }
    if (Number.isNaN(this.#keyTime)) this.#keyTime = time;
    const isLate = Math.abs((time - this.#keyTime) | 0) >= KEY_PATIENCE;
    const hasGroup = this.#isGroupForAll && this.#groups.start(1) !== undefined;
    if (!isLate || hasGroup || this.#isBehind(payload)) return role;
    this.#keyTime = time;
    this.#fault("key", `no key frame for ${KEY_PATIENCE / 1000} s: players begin at any frame`);
    return "key";
  }

  /** Of a track that players do not show first. */
  #isBehind(payload: Uint8Array): boolean {
    return trackOf(payload, "video") > this.#tracks.firstVideo;
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

/** What metadata says of a codec: its number or name. 0, null and the like mean none. */
function isCodec(value: Value): boolean {
  return (typeof value === "number" && value > 0) || (typeof value === "string" && value !== "");
}
