import type { Clock, Timer } from "../base/mod.ts";

/** Characters that a source of lines may write at once, and in a second from then on. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

/** One connection: some 400 lines, then 12 a second. */
const PEER: Rate = { burst: 32_768, perSecond: 1_024 };
/** All connections of one address: some 3,000 lines, then 100 a second. */
const HOST: Rate = { burst: 262_144, perSecond: 8_192 };
/** A room of the server, such as the scripts: some 6,000 lines, then 200 a second. */
const ROOM: Rate = { burst: 524_288, perSecond: 16_384 };

/** What a line costs beside its message: date, level and name. */
const LINE_COST = 48;

/** How long it may take until the log says what it left out, in milliseconds. */
const REPORT_AFTER = 10_000;

/** Sources remembered; those that have written nothing lately are forgotten first. */
const MAX_SOURCES = 4_096;

/** A name in a log that is the address of a peer: `192.0.2.7:50123`. */
const PEER_NAME = /^(.+):\d{1,5}$/;

interface Source {
  /** Characters that it may write now; below 0 nothing. */
  left: number;
  at: number;
  /** Lines left out since the last report, and the name of who would have written the last. */
  leftOut: number;
  last: string;
}

/**
 * Keeps one peer from filling the log: the characters that each source may write are limited, and
 * lines beyond that are counted.
 */
export class LineLimiter {
  readonly #clock: Clock;
  readonly #report: (names: readonly string[], text: string) => void;
  /** By the kind of its lines and the names of the source, joined by line feeds. */
  readonly #sources = new Map<string, Source>();
  #timer: Timer | undefined;

  /** @param report writes a line of the log under these names */
  constructor(clock: Clock, report: (names: readonly string[], text: string) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * True when a line of `length` characters may be written under these names, of a room and a peer.
   * Lines of level NOTE and above have a budget of their own, which other lines do not use up.
   */
  admit(names: readonly string[], length: number, isNote = false): boolean {
    const [room = "", ...rest] = names;
    const peer = rest.find((name) => PEER_NAME.test(name));
    const cost = length + LINE_COST;
    const key = `${isNote ? "n" : ""}\n${room}`;
    if (peer === undefined) return this.#take(this.#source(key, ROOM), cost, names);
    const host = this.#source(`${key}\n${PEER_NAME.exec(peer)?.[1]}`, HOST);
    const own = this.#source(`${key}\n${peer}`, PEER);
    if (own.left < 0) return this.#leaveOut(host, names);
    if (!this.#take(host, cost, names)) return false;
    own.left -= cost;
    return true;
  }

  /** Says now what was left out. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const [key, source] of this.#sources) {
      if (source.leftOut === 0) continue;
      const { leftOut, last } = source;
      source.leftOut = 0;
      const lines = leftOut === 1 ? "line" : "lines";
      this.#report(key.split("\n").slice(1), `${leftOut} ${lines} left out, the last of ${last}`);
    }
  }

  /** A source that is not out of breath may finish its line, however long. */
  #take(source: Source, cost: number, names: readonly string[]): boolean {
    if (source.left < 0) return this.#leaveOut(source, names);
    source.left -= cost;
    return true;
  }

  #leaveOut(source: Source, names: readonly string[]): false {
    source.leftOut++;
    source.last = names.join(" ");
    this.#timer ??= this.#clock.after(REPORT_AFTER, () => this.stop());
    return false;
  }

  #source(key: string, { burst, perSecond }: Rate): Source {
    const now = this.#clock.now();
    let source = this.#sources.get(key);
    if (source === undefined) {
      if (this.#sources.size >= MAX_SOURCES) this.#forget();
      source = { left: burst, at: now, leftOut: 0, last: "" };
    } else {
      source.left = Math.min(burst, source.left + (now - source.at) * perSecond / 1000);
      source.at = now;
      this.#sources.delete(key);
    }
    // The last one in the order of the map is the one that wrote last.
    this.#sources.set(key, source);
    return source;
  }

  /** Forgets the half that is silent for the longest time. */
  #forget(): void {
    this.stop();
    let left = MAX_SOURCES / 2;
    for (const key of this.#sources.keys()) {
      if (left-- === 0) break;
      this.#sources.delete(key);
    }
  }
}
