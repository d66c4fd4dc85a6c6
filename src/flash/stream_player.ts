import { andThen, errorText, type Later } from "../base/mod.ts";
import type { Value } from "../codecs/mod.ts";
import { type FoundFilm, type Listener, type PlayedFilm, Refusal } from "../hub/mod.ts";
import { type StreamAddress, streamType } from "./address.ts";
import { statusInfo, statusMessage } from "./command.ts";
import { FilmSwitch } from "./film_switch.ts";
import type { Delivery } from "./output.ts";
import { CONGESTED_BACKLOG } from "./params.ts";
import {
  isQueued,
  playLength,
  type PlayOptions,
  playOptions,
  type PlayRequest,
  playStart,
} from "./play_request.ts";
import { PlayReplies } from "./play_replies.ts";
import { Playlist } from "./playlist.ts";
import { Reception } from "./reception.ts";
import type { StreamHost, StreamReplies } from "./stream_replies.ts";
import { Switchover } from "./switchover.ts";

/** Tells whether a request is still wanted, once it is decided. */
type IsWanted = () => boolean;

/** What a NetStream plays: a live stream, or one file after the other. */
export class StreamPlayer {
  readonly #host: StreamHost;
  readonly #id: number;
  readonly #replies: StreamReplies;
  readonly #told: PlayReplies;
  /** The stream stops what it does. */
  readonly #onPlay: () => void;
  readonly #reception = new Reception();
  #listener: Listener | undefined;
  #delivery: Delivery | undefined;
  #isReliable = true;
  /** What takes the place of what plays, once a key frame of it comes. */
  #switch: Switchover | FilmSwitch | undefined;
  /** The file that {@link #listener} plays. */
  #film: PlayedFilm | undefined;
  /** All of the file was sent, and nothing followed it. */
  #isFilmOver = false;
  /** What follows the file. */
  readonly #playlist = new Playlist();
  /** Milliseconds that the client wants to have in advance. */
  #bufferTime = 0;

  constructor(host: StreamHost, id: number, replies: StreamReplies, onPlay: () => void) {
    this.#host = host;
    this.#id = id;
    this.#replies = replies;
    this.#told = new PlayReplies(replies, id);
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
    const hasMore = this.#film !== undefined || !this.#playlist.isEmpty;
    if (hasMore && isQueued(reset) && typeof target === "string") {
      return this.#append({ target, ...range, isNext: true });
    }
    // Play.Reset says so: a script that goes on at Play.Stop would go on once more.
    if (target !== false) this.close(false);
    this.#onPlay();
    if (target === false) return;
    return this.#playAs({ target: target as string, ...range, isNext: false });
  }

  /** Behind what plays; at once when that has ended. */
  #append(request: PlayRequest): Later<void> {
    this.#playlist.add(request);
    if (this.#film === undefined || this.#isFilmOver) return this.#playNext();
  }

  /** What follows comes, if there is any. */
  #playNext(): Later<void> {
    const next = this.#playlist.next();
    if (next === undefined) return;
    this.#closePlayed();
    this.#replies.cancel();
    return this.#playAs(next);
  }

  #playAs(request: PlayRequest): Later<void> {
    const { target } = request;
    const attempt = this.#replies.attempt("Play.Failed", target, (address) => {
      const isWanted = this.#replies.begin();
      return andThen(this.#find(request, address), (film) => {
        if (isWanted()) return this.#begin(film, request, address, isWanted);
      });
    });
    return andThen(attempt, () => {});
  }

  /** The file that is meant; undefined for a live stream. */
  #find(
    { target, start }: PlayRequest,
    { name, parameters }: StreamAddress,
  ): Later<FoundFilm | undefined> {
    const { hub, client } = this.#host;
    const isLive = start.kind === "live" ||
      (start.kind === "any" && hub.isPublished(client, name));
    if (isLive) return undefined;
    return hub.recordings.find({ client, name, type: streamType(target), parameters });
  }

  #begin(
    film: FoundFilm | undefined,
    request: PlayRequest,
    address: StreamAddress,
    isWanted: IsWanted,
  ): Later<void> {
    return film === undefined
      ? this.#playLive(request, address, isWanted)
      : this.#playFilm(film, request, address, isWanted);
  }

  #playLive(
    { start, isNext }: PlayRequest,
    { name, parameters }: StreamAddress,
    isWanted: IsWanted,
  ): Later<void> {
    const { hub, client } = this.#host;
    const sink = { ...this.#sink(name), ready: () => {} };
    return andThen(hub.subscribe(client, name, sink, parameters), (listener) => {
      if (!isWanted()) return hub.unsubscribe(listener);
      this.#closePlayed();
      this.#isReliable = start.isReliable && parameters.get("unbuffered") !== "true";
      this.#told.begins(false);
      sink.ready = this.#deliver(listener, isNext);
    });
  }

  async #playFilm(
    film: FoundFilm,
    { start, length, isNext }: PlayRequest,
    { name }: StreamAddress,
    isWanted: IsWanted,
  ): Promise<void> {
    const sink = { ...this.#sink(name), ready: () => {}, onEnd: () => this.#endFilm() };
    const played = await film.play({ start: start.time, length }, sink);
    if (!isWanted()) return played.close();
    this.#closePlayed();
    this.#film = played;
    this.#isReliable = true;
    this.#told.begins(true);
    sink.ready = this.#deliver(played.listener, isNext);
    played.bufferTime = this.#bufferTime;
  }

  /** Returns what is to be told when the listener has something to take. */
  #deliver(listener: Listener, isNext: boolean): () => void {
    this.#told.starts(listener, isNext, this.#film !== undefined);
    return this.#sendFrom(listener);
  }

  #sendFrom(listener: Listener): () => void {
    const { output, amf3 } = this.#host;
    const isRecorded = this.#film !== undefined;
    this.#listener = listener;
    this.#reception.apply(listener);
    const options = { amf3, reliable: this.#isReliable, ...(isRecorded && { isRecorded }) };
    this.#delivery = output.deliver(this.#id, listener, options);
    return this.#delivery.ready;
  }

  /** All of the file was sent: what follows it comes, or the client is told that this is all. */
  #endFilm(): void {
    const film = this.#film;
    if (film === undefined || this.#takeFilm(film)) return;
    this.#cancelSwitch();
    const { first } = this.#playlist;
    if (first === undefined) {
      this.#isFilmOver = true;
      return this.#told.completes(film);
    }
    this.#told.goesOn(film);
    void Promise.resolve(this.#playNext()).catch((error) => {
      this.#host.log.error(`playback of ${first.target} failed: ${errorText(error)}`);
    });
  }

  /** The client tells how much it wants to have in advance, in milliseconds. */
  set bufferTime(time: number) {
    this.#bufferTime = time;
    if (this.#film !== undefined) this.#film.bufferTime = time;
  }

  /** ActionScript's NetStream.play2: another stream behind what plays, or in its place. */
  play2(value: Value): Later<void> {
    const options = playOptions(value);
    const { transition, target, start, length, offset } = options;
    if (transition === "stop") return this.#onPlay();
    if (transition === "reset") return this.play(target, start, length);
    const isIdle = this.#listener === undefined && this.#playlist.isEmpty;
    const isChange = transition !== undefined && !transition.startsWith("append");
    if (isIdle && isChange) return this.play(target, offset > 0 ? offset : start, length);
    const attempt = this.#replies.attempt("Play.Failed", target, (address) => {
      if (isChange) return this.#exchange(options, address);
      if (transition === undefined) {
        throw new Refusal("Play.Failed", `there is no transition ${options.name}`);
      }
      if (this.#listener !== undefined && this.#film === undefined) {
        throw new Refusal("Play.Failed", "a live stream does not end: nothing follows it");
      }
      const request = requestOf(options, true);
      return transition === "append" ? this.#append(request) : this.#playlist.add(request);
    });
    return andThen(attempt, () => {});
  }

  /** Another stream in the place of one that plays, or that is to follow. */
  #exchange(options: PlayOptions, address: StreamAddress): Later<void> {
    const { transition, old } = options;
    const isNext = this.#listener !== undefined;
    const request = requestOf(options, isNext);
    if (old !== undefined && this.#playlist.replace(old, request)) {
      return this.#told.changes(address.name);
    }
    this.#cancelSwitch();
    const { hub, client } = this.#host;
    const isWanted = this.#replies.begin();
    // What a switch says of the start has no meaning for a live stream.
    const isLive = isNext && this.#film === undefined && hub.isPublished(client, address.name);
    return andThen(isLive ? undefined : this.#find(request, address), (film) => {
      if (!isWanted()) return;
      const current = this.#film;
      if (!isNext) return this.#begin(film, request, address, isWanted);
      if (film === undefined && current === undefined) return this.#switchLive(address, isWanted);
      if (film !== undefined && current !== undefined && transition !== "swap") {
        return this.#switchFilm(film, current, options.offset, address, isWanted);
      }
      this.#told.changes(address.name);
      return andThen(this.#begin(film, request, address, isWanted), () => {
        if (isWanted() && this.#listener !== undefined) this.#told.hasChanged(this.#listener);
      });
    });
  }

  #switchLive({ name, parameters }: StreamAddress, isWanted: IsWanted): Later<void> {
    const { hub, client } = this.#host;
    const next = new Switchover(hub, this.#sink(name), (listener) => {
      next.ready = this.#takeLive(listener);
    });
    return andThen(next.open(client, name, parameters), () => {
      if (!isWanted()) return next.cancel();
      this.#switch = next;
      this.#told.changes(name);
    });
  }

  /** The listener takes the place of the one there is. */
  #takeLive(listener: Listener): () => void {
    const old = this.#listener;
    this.#switch = undefined;
    this.#delivery?.close();
    if (old !== undefined) this.#host.hub.unsubscribe(old);
    if (old?.isPaused) listener.isPaused = true;
    const ready = this.#sendFrom(listener);
    this.#told.hasChanged(listener);
    return ready;
  }

  async #switchFilm(
    film: FoundFilm,
    current: PlayedFilm,
    offset: number,
    { name }: StreamAddress,
    isWanted: IsWanted,
  ): Promise<void> {
    const next = this.#switch = new FilmSwitch(current, offset);
    await next.open(film, {
      ...this.#sink(name),
      onEnd: () => this.#endFilm(),
      onNothing: () => next.cancel(),
    });
    if (!isWanted()) return next.cancel();
    this.#told.changes(name);
    next.search();
  }

  /** A file takes the place of one that has played up to there. */
  #takeFilm(old: PlayedFilm): boolean {
    const next = this.#switch instanceof FilmSwitch
      ? this.#switch.take(() => this.#delivery?.ready())
      : undefined;
    if (next === undefined) return false;
    this.#switch = undefined;
    this.#delivery?.close();
    this.#delivery = undefined;
    old.close();
    this.#film = next;
    next.bufferTime = this.#bufferTime;
    this.#sendFrom(next.listener);
    this.#told.hasChanged(next.listener);
    return true;
  }

  #cancelSwitch(): void {
    this.#switch?.cancel();
    this.#switch = undefined;
  }

  #sink(name: string) {
    const { output, client, amf3, hub } = this.#host;
    return {
      late: () => this.#told.fallsBehind(name, hub.clock.now()),
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
    if (this.#film === undefined) listener.isPaused = paused;
    else if (paused) this.#film.pause();
    else this.#film.resume(typeof time === "number" && time > 0 ? time : undefined);
    this.#told.pauses(listener.publication.localName, paused);
  }

  /** A live stream has one place to seek to: now. The client empties its buffer. */
  seek(time: Value): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const film = this.#film;
    const place = typeof time === "number" && time > 0 ? time : 0;
    if (film === undefined) listener.awaitKey();
    else {
      this.#isFilmOver = false;
      film.seek(place);
      if (this.#switch instanceof FilmSwitch) this.#switch.seek(place);
    }
    this.#told.seeks(listener.publication.localName, place, film !== undefined);
  }

  receiveAudio(flag: Value): void {
    if (this.#reception.setAudio(flag, this.#listener)) this.#resume();
  }

  /** @param flag a number for that many frames a second */
  receiveVideo(flag: Value): void {
    if (this.#reception.setVideo(flag, this.#listener)) this.#resume();
  }

  #resume(): void {
    this.#told.returns(this.#listener?.publication.localName ?? "");
  }

  /** Stops playing; `tell` the client, when its side of the stream is still there. */
  close(tell: boolean): void {
    this.#cancelSwitch();
    this.#playlist.clear();
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#closePlayed();
    if (tell) this.#told.stops(listener.publication.localName);
  }

  #closePlayed(): void {
    const listener = this.#listener;
    const film = this.#film;
    this.#cancelSwitch();
    this.#listener = this.#film = undefined;
    this.#isFilmOver = false;
    this.#delivery?.close();
    this.#delivery = undefined;
    if (film !== undefined) film.close();
    else if (listener !== undefined) this.#host.hub.unsubscribe(listener);
  }
}

function requestOf({ target, start, length }: PlayOptions, isNext: boolean): PlayRequest {
  const range = { start: playStart(start), length: playLength(length) };
  return { target: target as string, ...range, isNext };
}
