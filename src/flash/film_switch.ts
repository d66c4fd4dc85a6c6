import type { FilmSink, FoundFilm, Listener, PlayedFilm } from "../hub/mod.ts";

/** Milliseconds by which more of a file is read, each time that no key frame is found in it. */
const SEARCH_STEP = 500;
/** Milliseconds that are read in advance at most, to find one. */
const SEARCH_LEAD = 20_000;

/** What a switch tells its player. */
export interface FilmSwitchSink extends Omit<FilmSink, "ready" | "onEnd"> {
  /** It has taken the place of the other file, and has played to its end. */
  onEnd(): void;
  /** There is nothing in it to go on with. */
  onNothing(): void;
}

/**
 * Another file that goes on where the one that plays has got to, at a key frame: up to that one the
 * old file is played.
 */
export class FilmSwitch {
  readonly #old: PlayedFilm;
  readonly #offset: number;
  #next: PlayedFilm | undefined;
  /** The key frame at which it goes on was found. */
  #isFound = false;
  #isOver = false;
  #hasMoved = false;
  #isSearching = false;
  #ready: (() => void) | undefined;

  /** @param offset milliseconds before which the old file is played in any case */
  constructor(old: PlayedFilm, offset: number) {
    this.#old = old;
    this.#offset = offset;
  }

  /** @throws Refusal, or rejects with it */
  async open(film: FoundFilm, sink: FilmSwitchSink): Promise<void> {
    const start = this.#old.time;
    const next = await film.play({ start, length: undefined }, {
      ...sink,
      ready: () => this.#ready === undefined ? this.#look() : this.#ready(),
      onEnd: () => {
        if (this.#ready !== undefined) return sink.onEnd();
        if (!this.#isFound && !this.#isOver) sink.onNothing();
      },
    }, this.#old);
    if (this.#isOver) return next.close();
    this.#next = next;
  }

  /** Looks for the key frame, in what was opened. */
  search(): void {
    if (this.#next === undefined) return;
    if (this.#hasMoved) this.#next.seek(this.#old.time);
    this.#next.bufferTime = this.#old.bufferTime;
    this.#isSearching = true;
    this.#look();
  }

  /** The old file goes on at another time: so does the search. */
  seek(time: number): void {
    if (this.#isOver) return;
    this.#hasMoved = true;
    this.#isFound = false;
    this.#old.endAt(undefined);
    if (this.#isSearching) this.#next?.seek(time);
  }

  /**
   * The old file has ended: what takes its place, if that is known by now. It is not closed.
   * @param ready told of the listener's media from now on
   */
  take(ready: () => void): PlayedFilm | undefined {
    if (!this.#isFound || this.#next === undefined) return undefined;
    this.#isOver = true;
    this.#ready = ready;
    return this.#next;
  }

  /** The other file is not wanted any more, unless it has taken its place. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#old.endAt(undefined);
    this.#next?.close();
  }

  #look(): void {
    const next = this.#next;
    if (next === undefined || !this.#isSearching || this.#isFound || this.#isOver) return;
    const { listener } = next;
    for (let message = listener.peek(); message; message = listener.peek()) {
      const { kind, role, time, position } = message;
      const isStart = (kind === "video" && role === "key") ||
        (kind === "audio" && role === "frame" && !hasVideo(listener));
      if (isStart && time > this.#old.time && time >= this.#offset) {
        this.#isFound = true;
        listener.beginAt(position);
        next.bufferTime = this.#old.bufferTime;
        this.#old.endAt(time);
        return;
      }
      listener.takeMessage();
    }
    if (next.bufferTime < this.#old.bufferTime + SEARCH_LEAD) next.bufferTime += SEARCH_STEP;
  }
}

function hasVideo({ publication }: Listener): boolean {
  return publication.kinds.video;
}
