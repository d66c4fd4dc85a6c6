import { andThen, errorText, type Later } from "../base/mod.ts";
import type { Value } from "../codecs/mod.ts";
import { type FoundFilm, type Listener, type PlayedFilm, Refusal } from "../hub/mod.ts";
import { streamType } from "./address.ts";
import { statusInfo, statusMessage } from "./command.ts";
import { namedValues } from "./connect.ts";
import {
  dataStart,
  isQueued,
  playLength,
  type PlayStart,
  playStart,
  playStatus,
} from "./film_messages.ts";
import { sampleAccess, transitionComplete } from "./media_data.ts";
import type { Delivery } from "./output.ts";
import { CONGESTED_BACKLOG, MAX_PLAYLIST } from "./params.ts";
import type { StreamHost, StreamReplies } from "./stream_replies.ts";
import { Switchover } from "./switchover.ts";
import { UserEvent } from "./user_control.ts";

/** What `play` asks for. */
interface PlayRequest {
  readonly target: string;
  readonly start: PlayStart;
  /** Milliseconds of a file; undefined for all of it. */
  readonly length: number | undefined;
  /** It follows what played before. */
  readonly isNext: boolean;
}

/** What a NetStream plays: a live stream, or one file after the other. */
export class StreamPlayer {
  readonly #host: StreamHost;
  readonly #id: number;
  readonly #replies: StreamReplies;
  /** The stream stops what it does. */
  readonly #onPlay: () => void;
  #listener: Listener | undefined;
  #delivery: Delivery | undefined;
  #isReliable = true;
  /** What it plays next. */
  #switchover: Switchover | undefined;
  /** The file that {@link #listener} plays. */
  #film: PlayedFilm | undefined;
  /** What follows the file. */
  #playlist: PlayRequest[] = [];
  /** Milliseconds that the client wants to have in advance. */
  #bufferTime = 0;

  constructor(host: StreamHost, id: number, replies: StreamReplies, onPlay: () => void) {
    this.#host = host;
    this.#id = id;
    this.#replies = replies;
    this.#onPlay = onPlay;
  }

  /** @param latency milliseconds that a message takes to the client */
  sample(latency: number): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const congestion = Math.min(1, listener.backlog / CONGESTED_BACKLOG);
    for (const qos of [listener.audioQos, listener.videoQos, listener.dataQos]) {
      qos.latency = latency;
      qos.congestionRate = congestion;
    }
  }

  play(target: Value, start?: Value, length?: Value, reset?: Value): Later<void> {
    const range = { start: playStart(start), length: playLength(length) };
    if (this.#film !== undefined && isQueued(reset) && typeof target === "string") {
      const isNext = this.#playlist.length < MAX_PLAYLIST;
      if (isNext) this.#playlist.push({ target, ...range, isNext });
      return;
    }
    this.#onPlay();
    if (target === false) return;
    return this.#playAs({ target: target as string, ...range, isNext: false });
  }

  #playAs(request: PlayRequest): Later<void> {
    const { target, start } = request;
    const attempt = this.#replies.attempt("Play.Failed", target, ({ name, parameters }) => {
      const { hub, client } = this.#host;
      const isWanted = this.#replies.begin();
      const live = () => this.#playLive(name, parameters, request, isWanted);
      const isLive = start.kind === "live" ||
        (start.kind === "any" && hub.isPublished(client, name));
      if (isLive) return live();
      const found = hub.recordings.find({ client, name, type: streamType(target), parameters });
      return andThen(found, (film) => {
        if (!isWanted()) return;
        return film === undefined ? live() : this.#playFilm(film, name, request, isWanted);
      });
    });
    return andThen(attempt, () => {});
  }

  #playLive(
    name: string,
    parameters: ReadonlyMap<string, string>,
    { start, isNext }: PlayRequest,
    isWanted: () => boolean,
  ): Later<void> {
    const { hub, client } = this.#host;
    const sink = { ...this.#sink(name), ready: () => {} };
    return andThen(hub.subscribe(client, name, sink, parameters), (listener) => {
      if (!isWanted()) return hub.unsubscribe(listener);
      this.#isReliable = start.isReliable && parameters.get("unbuffered") !== "true";
      this.#replies.control(UserEvent.streamBegin);
      sink.ready = this.#deliver(listener, isNext);
    });
  }

  async #playFilm(
    film: FoundFilm,
    name: string,
    { start, length, isNext }: PlayRequest,
    isWanted: () => boolean,
  ): Promise<void> {
    const sink = { ...this.#sink(name), ready: () => {}, onEnd: () => this.#endFilm() };
    const played = await film.play({ start: start.time, length }, sink);
    if (!isWanted()) return played.close();
    this.#film = played;
    this.#isReliable = true;
    this.#replies.control(UserEvent.streamIsRecorded);
    this.#replies.control(UserEvent.streamBegin);
    sink.ready = this.#deliver(played.listener, isNext);
    played.bufferTime = this.#bufferTime;
  }

  /** Returns what is to be told when the listener has something to take. */
  #deliver(listener: Listener, isNext: boolean): () => void {
    const { output, amf3 } = this.#host;
    const { localName: name } = listener.publication;
    const isRecorded = this.#film !== undefined;
    this.#listener = listener;
    if (!isNext) {
      this.#replies.status("NetStream.Play.Reset", `Playing and resetting ${name}`, name);
    }
    this.#replies.status("NetStream.Play.Start", `Started playing ${name}`, name);
    this.#replies.send(sampleAccess(listener.audioSampleAccess, listener.videoSampleAccess));
    if (isRecorded) this.#replies.send(dataStart(amf3));
    const options = { amf3, reliable: this.#isReliable, ...(isRecorded && { isRecorded }) };
    this.#delivery = output.deliver(this.#id, listener, options);
    return this.#delivery.ready;
  }

  /** All of the file was sent: what follows it comes, or the client is told that this is all. */
  #endFilm(): void {
    const film = this.#film;
    if (film === undefined) return;
    const { amf3 } = this.#host;
    const { localName: name } = film.listener.publication;
    const details = { duration: film.duration / 1000, bytes: film.bytes };
    const next = this.#playlist.shift();
    if (next === undefined) {
      this.#replies.send(playStatus(amf3, "NetStream.Play.Complete", details));
      this.#replies.control(UserEvent.streamEof);
      return this.#replies.status("NetStream.Play.Stop", `Stopped playing ${name}`, name);
    }
    this.#replies.send(playStatus(amf3, "NetStream.Play.Switch", details));
    this.#closePlayed();
    this.#replies.cancel();
    void Promise.resolve(this.#playAs(next)).catch((error) => {
      this.#host.log.error(`playing ${next.target} broke: ${errorText(error)}`);
    });
  }

  /** The client tells how much it wants to have in advance, in milliseconds. */
  set bufferTime(time: number) {
    this.#bufferTime = time;
    if (this.#film !== undefined) this.#film.bufferTime = time;
  }

  /** Goes on with another live stream, at its next key frame (ActionScript's NetStream.play2). */
  play2(options: Value): Later<void> {
    const { streamName = null, transition = "switch" } = Object.fromEntries(namedValues(options));
    const isSwitch = transition === "switch" || transition === "swap";
    if (transition === "reset" || (isSwitch && this.#listener === undefined)) {
      return this.play(streamName, undefined);
    }
    const attempt = this.#replies.attempt("Play.Failed", streamName, ({ name, parameters }) => {
      if (!isSwitch) {
        throw new Refusal("Play.Failed", `a live stream has no ${String(transition)}, only switch`);
      }
      const { hub, client } = this.#host;
      this.#switchover?.cancel();
      const isWanted = this.#replies.begin();
      const next = new Switchover(hub, this.#sink(name), (listener) => {
        next.ready = this.#take(listener);
      });
      return andThen(next.open(client, name, parameters), () => {
        if (!isWanted()) return next.cancel();
        this.#switchover = next;
        const details = { details: name, reason: "NetStream.Transition.Success" };
        const description = `Switching to ${name}`;
        const code = "NetStream.Play.Transition";
        this.#replies.inform({ level: "status", code, description, ...details });
      });
    });
    return andThen(attempt, () => {});
  }

  /** The listener takes the place of the one there is. */
  #take(listener: Listener): () => void {
    const { hub, output, amf3 } = this.#host;
    const old = this.#listener;
    this.#switchover = undefined;
    this.#delivery?.close();
    if (old !== undefined) hub.unsubscribe(old);
    this.#listener = listener;
    this.#delivery = output.deliver(this.#id, listener, { amf3, reliable: this.#isReliable });
    this.#replies.send(transitionComplete(amf3, listener.publication.localName));
    return this.#delivery.ready;
  }

  #sink(name: string) {
    const { output, client, amf3 } = this.#host;
    return {
      overrun: () => {
        const reason = `does not keep up with ${name}`;
        client.endsBecause("behind", reason);
        output.abort(reason);
      },
      status: (code: string, text: string) =>
        this.#replies.send(statusMessage(amf3, statusInfo(`NetStream.${code}`, text))),
      end: () => this.#onPlay(),
    };
  }

  /** @param time of the client, in milliseconds: a file goes on there */
  pause(paused: boolean, time: Value): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    if (this.#film === undefined) listener.paused = paused;
    else if (paused) this.#film.pause();
    else this.#film.resume(typeof time === "number" && time > 0 ? time : undefined);
    const { localName: name } = listener.publication;
    if (paused) this.#replies.status("NetStream.Pause.Notify", `${name} is paused`, name);
    else this.#replies.status("NetStream.Unpause.Notify", `${name} goes on`, name);
  }

  /** A live stream has one place to seek to: now. The client empties its buffer. */
  seek(time: Value): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const { localName: name } = listener.publication;
    const place = typeof time === "number" && time > 0 ? time : 0;
    if (this.#film === undefined) listener.awaitKey();
    else {
      this.#film.seek(place);
      this.#replies.control(UserEvent.streamEof);
      this.#replies.control(UserEvent.streamIsRecorded);
      this.#replies.control(UserEvent.streamBegin);
    }
    this.#replies.status(
      "NetStream.Seek.Notify",
      `Seeking ${place} (stream ID: ${this.#id}).`,
      name,
    );
    if (this.#film !== undefined) {
      this.#replies.status("NetStream.Play.Start", `Started playing ${name}`, name);
    }
  }

  receiveAudio(flag: boolean): void {
    if (this.#listener === undefined) return;
    const isBack = flag && !this.#listener.receiveAudio;
    this.#listener.receiveAudio = flag;
    if (isBack) this.#resume(this.#listener);
  }

  receiveVideo(flag: boolean): void {
    if (this.#listener === undefined) return;
    const isBack = flag && !this.#listener.receiveVideo;
    this.#listener.receiveVideo = flag;
    if (isBack) this.#resume(this.#listener);
  }

  /** RTMP §7.2.2.4: what a client is told when it wants to receive again. */
  #resume(listener: Listener): void {
    const { localName: name } = listener.publication;
    this.#replies.status("NetStream.Seek.Notify", `Seeking 0 (stream ID: ${this.#id}).`, name);
    this.#replies.status("NetStream.Play.Start", `Started playing ${name}`, name);
  }

  /** Stops playing; `tell` the client, when its side of the stream is still there. */
  close(tell: boolean): void {
    this.#switchover?.cancel();
    this.#switchover = undefined;
    this.#playlist = [];
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#closePlayed();
    const { localName: name } = listener.publication;
    if (!tell) return;
    this.#replies.control(UserEvent.streamEof);
    this.#replies.status("NetStream.Play.Stop", `Stopped playing ${name}`, name);
  }

  #closePlayed(): void {
    const listener = this.#listener;
    const film = this.#film;
    this.#listener = this.#film = undefined;
    this.#delivery?.close();
    this.#delivery = undefined;
    if (film !== undefined) film.close();
    else if (listener !== undefined) this.#host.hub.unsubscribe(listener);
  }
}
