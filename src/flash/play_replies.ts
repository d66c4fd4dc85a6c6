import type { Listener, PlayedFilm } from "../hub/mod.ts";
import { dataStart, playStatus } from "./film_messages.ts";
import { sampleAccess, transitionComplete } from "./media_data.ts";
import { WARNING_INTERVAL } from "./params.ts";
import type { StreamReplies } from "./stream_replies.ts";
import { UserEvent } from "./user_control.ts";

/** What a player is told of its stream, in the order of Adobe's servers. */
export class PlayReplies {
  readonly #replies: StreamReplies;
  readonly #id: number;
  /** Whether samples of sound and pictures may be read, as it was told last. */
  #access = "";
  /** When it may be told again that it falls behind. */
  #nextWarning = -Infinity;

  constructor(replies: StreamReplies, id: number) {
    this.#replies = replies;
    this.#id = id;
  }

  /**
   * Video is left out: a movie switches to a stream of less quality then.
   * @param now milliseconds of the clock
   */
  fallsBehind(name: string, now: number): void {
    if (now < this.#nextWarning) return;
    this.#nextWarning = now + WARNING_INTERVAL;
    this.#replies.inform({
      level: "warning",
      code: "NetStream.Play.InsufficientBW",
      description: `${name} is sent without some of its pictures`,
      details: name,
    });
  }

  /** @param isRecorded a file's media come after this */
  begins(isRecorded: boolean): void {
    if (isRecorded) this.#replies.control(UserEvent.streamIsRecorded);
    this.#replies.control(UserEvent.streamBegin);
  }

  /** @param isNext it follows what played before */
  starts(listener: Listener, isNext: boolean, isRecorded: boolean): void {
    const { localName } = listener.publication;
    if (!isNext) this.#tell("Play.Reset", `Playing and resetting ${localName}`, localName);
    this.#started(localName);
    this.#access = "";
    this.#tellAccess(listener);
    if (isRecorded) this.#replies.send(dataStart(this.#replies.amf3));
  }

  /** All of a file was sent. */
  completes(film: PlayedFilm): void {
    this.#replies.send(playStatus(this.#replies.amf3, "NetStream.Play.Complete", detailsOf(film)));
    this.stops(film.listener.publication.localName);
  }

  /** All of a file was sent, and another one follows. */
  goesOn(film: PlayedFilm): void {
    this.#replies.send(playStatus(this.#replies.amf3, "NetStream.Play.Switch", detailsOf(film)));
  }

  stops(name: string): void {
    this.#replies.control(UserEvent.streamEof);
    this.#tell("Play.Stop", `Stopped playing ${name}`, name);
  }

  pauses(name: string, isPaused: boolean): void {
    if (isPaused) this.#tell("Pause.Notify", `${name} is paused`, name);
    else this.#tell("Unpause.Notify", `${name} goes on`, name);
  }

  /** @param time milliseconds */
  seeks(name: string, time: number, isRecorded: boolean): void {
    if (isRecorded) {
      this.#replies.control(UserEvent.streamEof);
      this.begins(true);
    }
    this.#sought(name, time);
    if (isRecorded) this.#started(name);
  }

  /** RTMP §7.2.2.4: what a client is told when it wants to receive again. */
  returns(name: string): void {
    this.#sought(name, 0);
    this.#started(name);
  }

  /** Another stream will take the place of what plays. */
  changes(name: string): void {
    this.#replies.inform({
      level: "status",
      code: "NetStream.Play.Transition",
      description: `Switching to ${name}`,
      details: name,
      reason: "NetStream.Transition.Success",
    });
  }

  /** It has: its media come after this. */
  hasChanged(listener: Listener): void {
    this.#tellAccess(listener);
    const { localName } = listener.publication;
    this.#replies.send(transitionComplete(this.#replies.amf3, localName));
  }

  #tellAccess({ audioSampleAccess, videoSampleAccess }: Listener): void {
    const access = `${audioSampleAccess} ${videoSampleAccess}`;
    if (access === this.#access) return;
    this.#access = access;
    this.#replies.send(sampleAccess(audioSampleAccess, videoSampleAccess));
  }

  #started(name: string): void {
    this.#tell("Play.Start", `Started playing ${name}`, name);
  }

  #sought(name: string, time: number): void {
    this.#tell("Seek.Notify", `Seeking ${time} (stream ID: ${this.#id}).`, name);
  }

  #tell(code: string, description: string, name: string): void {
    this.#replies.status(`NetStream.${code}`, description, name);
  }
}

function detailsOf({ duration, bytes }: PlayedFilm): { duration: number; bytes: number } {
  return { duration: duration / 1000, bytes };
}
