// Keeps a live picture near the newest frame that has come.

/** Milliseconds between two looks. */
const INTERVAL = 100;
/** Seconds behind the newest frame from which on it plays faster, and with which it is content. */
const LATE = 1;
const NEAR = 0.6;
const CATCH_UP = 1.1;
/** Seconds behind from which on it jumps, and how far behind it is then. */
const FAR = 3;
const MARGIN = 0.5;
/** Seconds of media that come in a second while the server sends what it has kept. */
const BURST = 2;
/** A jump is tried again after this many times what the last one took. */
const REST = 10;
const HAVE_CURRENT_DATA = 2;

/**
 * Follows the newest frame: a little behind it plays faster, far behind it jumps. A jump decodes all
 * from the last key frame on, so there is one once the kept group of pictures has come, not one for
 * each piece of it; until then the first picture is on the screen.
 * @param {HTMLVideoElement} video
 * @param {() => number | null} [position] seconds where it is to be, of a player that sets the speed
 * by itself; without it a little before the newest frame
 * @returns {() => void} ends it
 */
export function followEdge(video, position) {
  let seen = { end: 0, at: performance.now() };
  /** When the jump began that is under way. */
  let jumpedAt;
  let restsUntil = 0;

  const look = () => {
    const { buffered, currentTime, paused, seeking, readyState } = video;
    if (buffered.length === 0) return;
    const now = performance.now();
    const end = buffered.end(buffered.length - 1);
    const speed = (end - seen.end) * 1000 / (now - seen.at);
    seen = { end, at: now };
    if (seeking || readyState < HAVE_CURRENT_DATA || paused) return;
    if (jumpedAt !== undefined) restsUntil = now + REST * (now - jumpedAt);
    jumpedAt = undefined;
    const behind = end - currentTime;
    const target = position?.() ?? end - MARGIN;
    const isFar = target <= end && target - currentTime > FAR - MARGIN;
    if (isFar && speed < BURST && now >= restsUntil) {
      jumpedAt = now;
      video.currentTime = target;
    } else if (position === undefined && behind > LATE) video.playbackRate = CATCH_UP;
    else if (position === undefined && behind < NEAR) video.playbackRate = 1;
  };
  const timer = setInterval(look, INTERVAL);
  return () => {
    clearInterval(timer);
    video.playbackRate = 1;
  };
}
