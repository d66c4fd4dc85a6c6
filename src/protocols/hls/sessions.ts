import { BoundedMap, type Timer } from "../../base/mod.ts";
import { hostOf, type Hub, Refusal } from "../../hub/mod.ts";
import { type HlsSettings, KEPT_SESSIONS, SWEEP_INTERVAL } from "./params.ts";
import type { SegmentStore } from "./segment_store.ts";
import { type Play, Session } from "./session.ts";
import { HlsStream } from "./stream.ts";
import { randomToken } from "./token.ts";

/** Who plays, what is muxed for them, and when either is over. */
export class Sessions {
  readonly #hub: Hub;
  readonly #settings: HlsSettings;
  readonly #store: SegmentStore | undefined;
  readonly #playing = new Map<string, Session>();
  readonly #paused = new BoundedMap<string, Session>(KEPT_SESSIONS);
  /** Those that are not over, by format and name of the publication, and all whose media are kept. */
  readonly #streams = new Map<string, HlsStream>();
  readonly #byToken = new Map<string, HlsStream>();
  readonly #ofHost = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(hub: Hub, settings: HlsSettings, store?: SegmentStore) {
    this.#hub = hub;
    this.#settings = settings;
    this.#store = store;
  }

  /** A new one. @throws Refusal when its address has too many */
  create(play: Play): Session {
    const host = hostOf(play.info.address);
    const { maxSessions } = this.#settings;
    const others = this.#ofHost.get(host) ?? 0;
    if (maxSessions > 0 && others >= maxSessions) {
      const limit = `${maxSessions} players of one address, [hls] maxSessions`;
      throw new Refusal("Play.Failed", `more than ${limit}`, { reason: "busy" });
    }
    const session: Session = new Session({
      id: randomToken(),
      play,
      hub: this.#hub,
      open: (name, isTransport) => this.#open(name, isTransport),
      onEnd: () => this.#pause(session),
    });
    this.#add(session);
    return session;
  }

  /** The one of that id, which may have paused; undefined for none. */
  find(id: string): Session | undefined {
    const playing = this.#playing.get(id);
    if (playing !== undefined) return playing;
    const paused = this.#paused.get(id);
    if (paused === undefined) return undefined;
    this.#paused.delete(id);
    this.#add(paused);
    return paused;
  }

  /** It has not begun: nothing of it is kept. */
  drop(session: Session): void {
    this.#remove(session);
    this.#paused.delete(session.id);
  }

  /** A publication is muxed as long as it is published, with or without players. */
  keep(name: string, isTransport: boolean): void {
    this.#open(name, isTransport).keep();
  }

  close(): void {
    for (const session of [...this.#playing.values()]) session.end();
    for (const stream of [...this.#streams.values()]) stream.end();
    this.#byToken.clear();
    this.#paused.clear();
    this.#rest();
  }

  #open(name: string, isTransport: boolean): HlsStream {
    const key = `${isTransport ? "ts" : "mp4"} ${name}`;
    const known = this.#streams.get(key);
    if (known !== undefined) return known;
    const stream: HlsStream = new HlsStream({
      hub: this.#hub,
      name,
      settings: this.#settings,
      store: this.#store,
      isTransport,
      onEnd: () => {
        if (this.#streams.get(key) === stream) this.#streams.delete(key);
      },
    });
    if (!stream.isOver) this.#streams.set(key, stream);
    this.#byToken.set(stream.token, stream);
    this.#watch();
    return stream;
  }

  #add(session: Session): void {
    const host = hostOf(session.play.info.address);
    this.#ofHost.set(host, (this.#ofHost.get(host) ?? 0) + 1);
    this.#playing.set(session.id, session);
    this.#watch();
  }

  #watch(): void {
    this.#timer ??= this.#hub.clock.every(SWEEP_INTERVAL, () => this.#sweep());
  }

  #pause(session: Session): void {
    if (this.#remove(session)) this.#paused.set(session.id, session);
  }

  #remove({ id, play }: Session): boolean {
    if (!this.#playing.delete(id)) return false;
    const host = hostOf(play.info.address);
    const left = (this.#ofHost.get(host) ?? 1) - 1;
    if (left > 0) this.#ofHost.set(host, left);
    else this.#ofHost.delete(host);
    return true;
  }

  #sweep(): void {
    const now = this.#hub.clock.now();
    for (const session of [...this.#playing.values()]) session.sweep(now);
    for (const [token, stream] of this.#byToken) {
      stream.sweep(now);
      if (!stream.isOver || stream.isUsed) continue;
      this.#byToken.delete(token);
      stream.release();
    }
    if (this.#playing.size === 0 && this.#byToken.size === 0) this.#rest();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
