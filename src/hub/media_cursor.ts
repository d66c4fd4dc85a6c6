import type { Clock } from "../base/mod.ts";
import type { ChainedMessage } from "./chained_message.ts";
import type { EncodedRun } from "./encoded_log.ts";
import { FrameRate } from "./frame_rate.ts";
import type { QueueLimits } from "./params.ts";
import type { Publication } from "./publication.ts";
import { QualityOfService } from "./qos.ts";

/** What a cursor tells its owner, who takes the messages. */
export interface CursorSink {
  /** There is something to take; called again only after {@link MediaCursor.next} came back empty. */
  ready(): void;
  /** It is further behind than allowed: the owner closes it, or its connection. */
  overrun(): void;
  /** Video is left out, since it is further behind than the limits allow. */
  late?: (() => void) | undefined;
  /** The publication goes on with another codec, or without one of its kinds. */
  recoded?: (() => void) | undefined;
}

/** A publication, and the rules for one that takes its messages. */
export interface CursorOptions {
  readonly publication: Publication;
  readonly sink: CursorSink;
  readonly limits: QueueLimits;
  readonly clock: Clock;
  /** Nothing is fetched from elsewhere for it. */
  readonly isPassive?: boolean | undefined;
  /**
   * Groups of pictures that it begins with, if they are kept: the one that runs, and the one before.
   * With any, no sound comes before the first picture.
   */
  readonly groups?: number | undefined;
}

/**
 * A cursor over a publication's messages and the rules by which some are left out. Its owner takes
 * messages when it can send; what it has not taken yet is its queue, shared with all other cursors.
 */
export class MediaCursor {
  readonly publication: Publication;
  readonly isPassive: boolean;
  readonly groups: number;
  receiveAudio = true;

  readonly #audioQos: QualityOfService;
  readonly #videoQos: QualityOfService;
  readonly #dataQos: QualityOfService;
  /** Bytes of runs that were taken and are not counted yet, and when the last was. */
  #audioTaken = 0;
  #videoTaken = 0;
  #dataTaken = 0;
  #takenAt = 0;
  readonly #clock: Clock;
  readonly #sink: CursorSink;
  readonly #limits: QueueLimits;
  /** Messages to send before the cursor's: metadata and codec headers for a newcomer. */
  #prelude: ChainedMessage[] = [];
  /** The last message that was taken or left out. */
  #cursor: ChainedMessage;
  /** Everything was taken: the publication tells when there is more. */
  #isResting = true;
  #isClosed = false;
  #isDetached = false;
  #receiveVideo = true;
  #frameRate: FrameRate | undefined;
  #isPaused = false;
  /** Video is left out until a key frame at or past this position. */
  #videoFrom: number | undefined = 0;
  /** Audio before this position is left out. */
  #audioFrom = 0;
  /** Before which frame codec headers come (again): a key frame, or whatever is first. */
  #headersBefore: "nothing" | "key" | "frame" = "nothing";
  /** Video is left out since the limits were passed, not since it began. */
  #isLate = false;
  /** Video frames left out because the player was further behind than the limits allow. */
  lateFrames = 0;

  constructor(options: CursorOptions) {
    const { publication, sink, limits, clock, isPassive = false, groups = 0 } = options;
    this.publication = publication;
    this.isPassive = isPassive;
    this.#sink = sink;
    this.groups = groups;
    this.#cursor = publication.start(groups);
    this.#limits = limits;
    this.#clock = clock;
    this.#audioQos = new QualityOfService(clock);
    this.#videoQos = new QualityOfService(clock);
    this.#dataQos = new QualityOfService(clock);
  }

  /** Only the hub calls this: what follows `start` is the stream, not what was there before. */
  startAfter(start: ChainedMessage): void {
    this.#cursor = start;
  }

  get audioQos(): QualityOfService {
    this.#count();
    return this.#audioQos;
  }

  get videoQos(): QualityOfService {
    this.#count();
    return this.#videoQos;
  }

  get dataQos(): QualityOfService {
    this.#count();
    return this.#dataQos;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get receiveVideo(): boolean {
    return this.#receiveVideo;
  }

  /** Video that was muted comes back at the next key frame. */
  set receiveVideo(value: boolean) {
    if (value && !this.#receiveVideo) this.awaitKey();
    this.#receiveVideo = value;
  }

  /** Limits its video to that many frames a second; undefined for all. */
  limitFrames(rate: number | undefined): void {
    if (this.#frameRate?.isCut) this.awaitKey();
    this.#frameRate = rate === undefined ? undefined : new FrameRate(rate);
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** After a pause audio goes on at once, video at the next key frame. */
  set isPaused(value: boolean) {
    if (!value && this.#isPaused) this.awaitKey();
    this.#isPaused = value;
  }

  /** Leaves video out up to the next key frame that the publication gets. */
  awaitKey(): void {
    this.#videoFrom = this.publication.position;
  }

  /**
   * Begins anew with the key frame at this position: headers and metadata, then what follows it.
   * What was skipped by then is as if it had not been there.
   */
  beginAt(position: number): void {
    this.#isPaused = false;
    this.#videoFrom = this.#audioFrom = position;
    this.#headersBefore = "frame";
    const { metadata } = this.publication;
    this.#prelude = metadata === undefined ? [] : [metadata.alone()];
  }

  /** Bytes of media between this cursor and the publication's newest message. */
  get backlog(): number {
    if (this.#isDetached) return 0;
    return this.publication.position - this.#cursor.position - this.#cursor.size;
  }

  /** Milliseconds of media between this cursor and the publication's newest message. */
  get delay(): number {
    if (this.#cursor.next === undefined) return 0;
    return Math.max(0, (this.publication.lastTime - this.#cursor.time) | 0);
  }

  /** True while there may be something to take. */
  get more(): boolean {
    return this.#prelude.length > 0 || this.#cursor.next !== undefined;
  }

  /** The last message that was taken or left out. */
  get last(): ChainedMessage {
    return this.#cursor;
  }

  /** The last message taken, when every one after it is wanted; otherwise undefined. */
  get unfiltered(): ChainedMessage | undefined {
    const isWhole = this.#videoFrom === undefined && this.#prelude.length === 0 &&
      this.receiveAudio && this.#receiveVideo && this.#frameRate === undefined &&
      !this.isPaused && !this.#isClosed &&
      this.#cursor.position >= this.#audioFrom;
    return isWhole ? this.#cursor : undefined;
  }

  /** Messages to send first, such as metadata and codec headers. */
  prelude(messages: ChainedMessage[]): void {
    this.#prelude.push(...messages);
  }

  /** Codec headers come again right before the first key frame that is waited for. */
  protected repeatHeaders(): void {
    this.#headersBefore = this.#cursor.next === undefined ? "key" : "nothing";
  }

  /** Only the publication calls this: it goes on with another codec. */
  recode(): void {
    if (!this.#isClosed) this.#sink.recoded?.();
  }

  /** Only the audience calls this, when the publication has new messages for one that rests. */
  wake(): void {
    if (this.#isClosed || !this.#isResting) return;
    this.#isResting = false;
    this.#sink.ready();
  }

  /**
   * Applies the limits of the backlog: a slow player's video is dropped up to a key frame, then its
   * audio, then it is cut. Only the audience calls this, at intervals.
   */
  limit(): void {
    if (this.#isClosed) return;
    const backlog = this.backlog;
    if (backlog > this.#limits.video) {
      const wasLate = this.#isLate;
      this.#isLate = true;
      if (backlog > this.#limits.cut) {
        this.#sink.overrun();
        return;
      }
      const key = this.publication.lastKey;
      this.#videoFrom = key > this.#cursor.position ? key : this.publication.position;
      if (backlog > this.#limits.audio) this.#audioFrom = this.publication.position;
      if (!wasLate) this.tellLate();
    }
  }

  /** Video is left out on its way to the player, be it behind this cursor. */
  tellLate(): void {
    if (!this.#isClosed) this.#sink.late?.();
  }

  /** The next message to send, without taking it; undefined when there is none now. */
  peek(): ChainedMessage | undefined {
    if (this.#isClosed) return undefined;
    const first = this.#prelude[0];
    if (first !== undefined) return first;
    for (;;) {
      const message = this.#cursor.next;
      if (message === undefined) {
        this.#rest();
        return undefined;
      }
      if (this.#wants(message)) {
        return this.#headersBefore === "nothing" ? message : this.#withHeaders(message);
      }
      this.#cursor = message;
    }
  }

  /** Takes the message that {@link peek} gave. */
  takeMessage(): void {
    let message = this.#prelude.shift();
    if (message === undefined) {
      message = this.#cursor.next;
      if (message === undefined) return;
      this.#cursor = message;
    }
    if (message.kind === "video") {
      this.#videoQos.add(message.payload.length);
      if (message.role === "key") {
        this.#videoFrom = undefined;
        this.#isLate = false;
      }
    } else if (message.kind === "audio") {
      this.#audioQos.add(message.payload.length);
    } else if (message.kind === "data") {
      this.#dataQos.add(message.payload.length);
    }
  }

  /** Takes all messages of a run that begins at {@link unfiltered}. */
  takeRun(run: EncodedRun): void {
    this.#cursor = run.last;
    this.#audioTaken += run.audio;
    this.#videoTaken += run.video;
    this.#dataTaken += run.data;
    this.#takenAt = this.#clock.epoch();
    if (run.last.next === undefined) this.#rest();
  }

  /** The next message to send, or undefined when there is none now. */
  next(): ChainedMessage | undefined {
    const message = this.peek();
    if (message !== undefined) this.takeMessage();
    return message;
  }

  sample(): void {
    for (const qos of [this.audioQos, this.videoQos, this.dataQos]) qos.sample();
  }

  /** Its owner gets the media another way: nothing is taken here, and none is held for it. */
  detach(): void {
    this.#isDetached = true;
    this.#prelude = [];
    this.#cursor = this.#cursor.alone();
  }

  /** Only the hub calls this: nothing can be taken any more, and what follows is not held. */
  close(): void {
    this.#isClosed = true;
    this.#prelude = [];
    this.#cursor = this.#cursor.alone();
  }

  #count(): void {
    if (this.#audioTaken > 0) this.#audioQos.add(this.#audioTaken, 0, this.#takenAt);
    if (this.#videoTaken > 0) this.#videoQos.add(this.#videoTaken, 0, this.#takenAt);
    if (this.#dataTaken > 0) this.#dataQos.add(this.#dataTaken, 0, this.#takenAt);
    this.#audioTaken = this.#videoTaken = this.#dataTaken = 0;
  }

  #withHeaders(message: ChainedMessage): ChainedMessage {
    const { kind, role } = message;
    const isFrame = (kind === "video" || kind === "audio") && role !== "config";
    const isStart = this.#headersBefore === "frame" ? isFrame : kind === "video" && role === "key";
    if (!isStart) return message;
    this.#headersBefore = "nothing";
    for (const header of this.publication.configs) this.#prelude.push(header.alone(message.time));
    return this.#prelude[0] ?? message;
  }

  #rest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    this.publication.audience.rest(this);
  }

  /** One that has asked for it begins with a picture, where there are any. */
  #awaitsPicture(): boolean {
    if (this.groups === 0 || this.#videoFrom !== 0 || !this.#receiveVideo) return false;
    return this.publication.kinds.video;
  }

  #isStart({ role, position }: ChainedMessage, from: number): boolean {
    return role === "key" && position >= from;
  }

  #wants(message: ChainedMessage): boolean {
    switch (message.kind) {
      case "audio":
        if (message.role === "config") return true;
        if (!this.receiveAudio || this.isPaused || message.position < this.#audioFrom) return false;
        return !this.#awaitsPicture();
      case "video": {
        if (message.role === "config") return true;
        if (!this.#receiveVideo || this.isPaused) return false;
        if (this.#videoFrom === undefined || this.#isStart(message, this.#videoFrom)) {
          return this.#frameRate?.wants(message, this.publication.keyInterval) ?? true;
        }
        this.#videoQos.droppedFrames++;
        if (this.#isLate) this.lateFrames++;
        return false;
      }
      default:
        return true;
    }
  }
}
