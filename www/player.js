// Plays one live stream in a video element, by the first way that this browser has.
import { followEdge } from "./live_edge.js";

/** Seconds behind the newest frame after which a picture that was hidden jumps to it. */
const BEHIND = 3;

const scripts = new Map();

/** A classic script that is loaded once, when it is needed first. */
function load(src) {
  let loading = scripts.get(src);
  if (loading !== undefined) return loading;
  loading = new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = resolve;
    script.onerror = () => {
      script.remove();
      scripts.delete(src);
      reject(new Error(`${src} cannot be loaded`));
    };
    document.head.append(script);
  });
  scripts.set(src, loading);
  return loading;
}

/** What a browser without a decoder says, in words. */
const NO_CODEC = "This browser has no decoder for it. Another browser, or VLC, may have one.";

const REFUSED = "The server does not let you watch it: it may want a key or a login.";

/** FLV over HTTP, put into Media Source Extensions by mpegts.js. */
const flv = {
  name: "FLV",
  script: "/mpegts.js",
  isSupported: () => "MediaSource" in globalThis,
  async open(video, path, events) {
    await load(this.script);
    if (!mpegts.isSupported()) throw new Error(NO_CODEC);
    // With start=0 the stream goes on without a jump when a publisher begins again, with group=1 it
    // begins with a picture at once.
    const url = new URL(`${path}.flv?start=0&group=1`, location.href).href;
    // A worker of its own would keep the first picture waiting, and has little to do.
    const player = mpegts.createPlayer({ type: "flv", url, isLive: true });
    player.on(mpegts.Events.ERROR, (type, detail, info) => {
      const status = Number(info?.code);
      if (type !== mpegts.ErrorTypes.NETWORK_ERROR) {
        const isCodec = /Codec|Format|MSE/i.test(`${detail}`);
        events.failed(isCodec ? NO_CODEC : `Its data cannot be read (${detail}).`);
      } else if (status === 401 || status === 403) {
        events.failed(REFUSED);
      } else events.lost();
    });
    player.on(mpegts.Events.MEDIA_INFO, ({ hasAudio, hasVideo }) =>
      events.kinds({ audio: hasAudio !== false, video: hasVideo !== false }));
    player.attachMediaElement(video);
    player.load();
    // A browser may refuse to start by itself: the controls are there for that.
    player.play()?.catch(() => {});
    const unfollow = followEdge(video);
    const close = () => {
      unfollow();
      player.destroy();
    };
    return { close };
  },
};

/** What the answer to a first request says of a stream that is not played; undefined to try again. */
function refusalOf(status) {
  if (status === 401 || status === 403) return REFUSED;
  return status === 429 ? "The server has too many players of this address." : undefined;
}

/** HLS with low latency, put into Media Source Extensions by hls.js. */
const lowLatency = {
  name: "LL-HLS",
  script: "/hls.js",
  isSupported: () => "MediaSource" in globalThis || "ManagedMediaSource" in globalThis,
  async open(video, path, events) {
    await load(this.script);
    if (!Hls.isSupported()) throw new Error(NO_CODEC);
    const player = new Hls({ maxLiveSyncPlaybackRate: 1.3, backBufferLength: 30 });
    let isMended = false;
    player.on(Hls.Events.ERROR, (_, { fatal, type, details, response }) => {
      if (/incompatible|codec/i.test(details)) return events.failed(NO_CODEC);
      if (!fatal) return;
      if (type === Hls.ErrorTypes.MEDIA_ERROR && !isMended) {
        isMended = true;
        return player.recoverMediaError();
      }
      const refusal = refusalOf(response?.code);
      if (refusal === undefined) events.lost();
      else events.failed(refusal);
    });
    player.on(Hls.Events.BUFFER_CODECS, (_, tracks) =>
      events.kinds({
        audio: Boolean(tracks.audio ?? tracks.audiovideo),
        video: Boolean(tracks.video ?? tracks.audiovideo),
      }));
    // The publisher is gone: the player looks for it again.
    player.on(Hls.Events.LEVEL_UPDATED, (_, { details }) => details.live || events.lost());
    player.loadSource(`${path}.m3u8`);
    player.attachMedia(video);
    video.play()?.catch(() => {});
    const unfollow = followEdge(video, () => player.liveSyncPosition);
    const close = () => {
      unfollow();
      player.destroy();
    };
    return { close, delay: () => player.latency };
  },
};

/** HLS as the browser has it by itself: on iPhones, where there is nothing else. */
const native = {
  name: "HLS",
  isSupported: (video) => video.canPlayType("application/vnd.apple.mpegurl") !== "",
  open(video, path, events) {
    const listening = new AbortController();
    const { signal } = listening;
    video.addEventListener("error", () => {
      const isCodec = video.error?.code === MediaError.MEDIA_ERR_DECODE;
      if (isCodec) events.failed(NO_CODEC);
      else events.lost();
    }, { signal });
    video.addEventListener("ended", () => events.lost(), { signal });
    video.src = `${path}.m3u8`;
    video.play()?.catch(() => {});
    const close = () => {
      listening.abort();
      video.removeAttribute("src");
      video.load();
    };
    const delay = () => {
      const date = video.getStartDate?.().getTime() + video.currentTime * 1000;
      return date > 0 ? (Date.now() - date) / 1000 : undefined;
    };
    return Promise.resolve({ close, delay });
  },
};

/**
 * Ways to play, the preferred one first. Each has a name, `isSupported()`, perhaps a `script`, and
 * `open(video, path, events)`, which resolves to `{ close(), delay?() }` or rejects with why not.
 * The events are `failed(text)` (it does not help to try again), `lost()` and
 * `kinds({ audio, video })`.
 */
export const WAYS = [flv, lowLatency, native];

/** Those that this browser has, of all or of one name. */
const waysOf = (video, wanted) =>
  WAYS.filter(({ name, isSupported }) => (wanted === null || name === wanted) && isSupported(video));

/** Loads what the first way needs, before there is anything to play. */
export function prepare(video, way = null) {
  const [first] = waysOf(video, way);
  if (first?.script !== undefined) load(first.script).catch(() => {});
}

/** Seconds of what was loaded and not yet played. */
function ahead({ buffered, currentTime }) {
  return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1) - currentTime;
}

/** A stream in a video element, from its opening until {@link close}. */
export class Player {
  #video;
  #path;
  #events;
  /** Those that were not tried yet. */
  #ways;
  #opened;
  #isClosed = false;
  /** The viewer paused; what the browser pauses by itself, in a hidden tab, is resumed. */
  #isPaused = false;
  #listening = new AbortController();
  /** The name of the way by which it plays; undefined before. */
  way;

  /**
   * @param {HTMLVideoElement} video
   * @param {string} path of the stream, without a container's extension
   * @param events as the {@link WAYS} have them
   * @param {string | null} way name of the way to take; any without it
   */
  constructor(video, path, events, way = null) {
    this.#video = video;
    const { signal } = this.#listening;
    video.addEventListener("pause", () => this.#isPaused = !document.hidden, { signal });
    video.addEventListener("play", () => this.#isPaused = false, { signal });
    document.addEventListener("visibilitychange", () => this.#resume(), { signal });
    this.#path = path;
    this.#events = events;
    this.#ways = waysOf(video, way);
    this.#openNext("This browser cannot play live streams.");
  }

  /** Seconds between the newest frame that has come and the one on the screen. */
  get delay() {
    return this.#opened?.delay?.() ?? ahead(this.#video);
  }

  close() {
    this.#isClosed = true;
    this.#listening.abort();
    this.#opened?.close();
    this.#opened = undefined;
  }

  /** Opens the next way; one whose codecs the browser has not leaves it to those behind it. */
  async #openNext(failure) {
    this.#opened?.close();
    this.#opened = undefined;
    const way = this.#ways.shift();
    if (way === undefined) return this.#events.failed(failure);
    this.way = way.name;
    const isHere = () => !this.#isClosed && this.way === way.name;
    const events = {
      lost: () => isHere() && this.#events.lost(),
      kinds: (kinds) => isHere() && this.#events.kinds(kinds),
      failed: (text) => isHere() && (text === NO_CODEC ? this.#openNext(text) : this.#events.failed(text)),
    };
    try {
      const opened = await way.open(this.#video, this.#path, events);
      if (isHere()) this.#opened = opened;
      else opened.close();
    } catch (error) {
      if (isHere()) this.#openNext(error.message);
    }
  }

  #resume() {
    const video = this.#video;
    if (document.hidden || this.#isPaused || !video.paused) return;
    if (ahead(video) > BEHIND) video.currentTime += ahead(video) - 1;
    video.play()?.catch(() => {});
  }
}
