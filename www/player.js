// Plays one live stream in a video element, by the first way that this browser has.

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

/** FLV over HTTP, put into Media Source Extensions by mpegts.js. */
const flv = {
  name: "FLV",
  isSupported: () => "MediaSource" in globalThis,
  async open(video, path, events) {
    await load("/mpegts.js");
    if (!mpegts.isSupported()) throw new Error(NO_CODEC);
    // With start=0 the stream goes on without a jump when a publisher begins again.
    const url = new URL(`${path}.flv?start=0`, location.href).href;
    const player = mpegts.createPlayer(
      { type: "flv", url, isLive: true },
      { enableWorker: true, liveBufferLatencyChasing: true },
    );
    player.on(mpegts.Events.ERROR, (type, detail, info) => {
      const status = Number(info?.code);
      if (type !== mpegts.ErrorTypes.NETWORK_ERROR) {
        const isCodec = /Codec|Format|MSE/i.test(`${detail}`);
        events.failed(isCodec ? NO_CODEC : `Its data cannot be read (${detail}).`);
      } else if (status === 401 || status === 403) {
        events.failed("The server lets you not watch it. It may want a key or a login.");
      } else events.lost();
    });
    player.on(mpegts.Events.MEDIA_INFO, ({ hasAudio, hasVideo }) =>
      events.kinds({ audio: hasAudio !== false, video: hasVideo !== false }));
    player.attachMediaElement(video);
    player.load();
    // A browser may refuse to start by itself: the controls are there for that.
    player.play()?.catch(() => {});
    return { close: () => player.destroy() };
  },
};

/**
 * Ways to play, the preferred one first. Each has a name, `isSupported()`, and
 * `open(video, path, events)`, which resolves to `{ close(), delay?() }` or rejects with why not.
 * The events are `failed(text)` (it does not help to try again), `lost()` and
 * `kinds({ audio, video })`.
 */
export const WAYS = [flv];

/** Seconds of what was loaded and not yet played. */
function ahead({ buffered, currentTime }) {
  return buffered.length === 0 ? 0 : buffered.end(buffered.length - 1) - currentTime;
}

/** A stream in a video element, from its opening until {@link close}. */
export class Player {
  #video;
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
   */
  constructor(video, path, events) {
    this.#video = video;
    const { signal } = this.#listening;
    video.addEventListener("pause", () => this.#isPaused = !document.hidden, { signal });
    video.addEventListener("play", () => this.#isPaused = false, { signal });
    document.addEventListener("visibilitychange", () => this.#resume(), { signal });
    const tell = Object.fromEntries(
      ["failed", "lost", "kinds"].map((name) =>
        [name, (...values) => this.#isClosed || events[name](...values)]
      ),
    );
    this.#open(path, tell);
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

  async #open(path, tell) {
    const way = WAYS.find((way) => way.isSupported(this.#video));
    if (way === undefined) return tell.failed("This browser cannot play live streams.");
    this.way = way.name;
    try {
      const opened = await way.open(this.#video, path, tell);
      if (this.#isClosed) opened.close();
      else this.#opened = opened;
    } catch (error) {
      tell.failed(error.message);
    }
  }

  #resume() {
    const video = this.#video;
    if (document.hidden || this.#isPaused || !video.paused) return;
    if (ahead(video) > BEHIND) video.currentTime += ahead(video) - 1;
    video.play()?.catch(() => {});
  }
}
