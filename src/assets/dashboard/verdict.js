/** Whose fault it is when a stream stalls: its publisher's, the network's, or a player's. */
import { bitRate, duration, perSecond, several } from "./format.js";

/** Of a stream's rate, below which a player reads as good as nothing. */
const STALLED = 0.05;
/** Milliseconds without a frame that a viewer sees. */
const PAUSE = 2000;
/** Times of a frame without one. */
const PAUSES = 5;
/** Frames per second from which on pictures move. */
const MOVING = 5;
/** Of a stream's most frames per second, below which it stalled meanwhile. */
const UNEVEN = 0.7;
/** Of players that are too slow at once, from which on it is not theirs. */
const MOST = 0.6;

/**
 * Why a listener misses frames; undefined when it keeps up.
 * @returns {{ cause: "player" | "network", text: string } | undefined}
 */
export function listenerVerdict({ isSlow, droppedRate, delay, minuteRate }, streamRate) {
  if (!isSlow) return undefined;
  const lost = droppedRate > 0
    ? `misses ${perSecond(droppedRate)} frames/s`
    : `is ${duration(delay)} behind`;
  if (minuteRate <= STALLED * streamRate) {
    return { cause: "player", text: `The player ${lost}: it reads nothing, as if it hung.` };
  }
  const share = `${bitRate(minuteRate)} of ${bitRate(streamRate)} get through`;
  return { cause: "network", text: `The way to the player is too slow, so it ${lost}: ${share}.` };
}

/**
 * What is wrong with a stream; undefined when all is well.
 * @param known listeners of it, the slowest first, as far as they are known
 * @returns {{ cause: "publisher" | "network" | "player", text: string } | undefined}
 */
export function streamVerdict(
  { name, rate, video, audio, dropped, listeners, faults },
  known = [],
) {
  const lost = (video?.lost ?? 0) + (audio?.lost ?? 0);
  const slow = dropped.listeners;
  if (slow > 1 && slow >= MOST * listeners.total) {
    const text = `${slow} of ${several(listeners.total, "player")} cannot keep up ` +
      `(${perSecond(dropped.rate)}/s): this server's network is full, or its processor busy.`;
    return { cause: "network", text };
  }
  if (slow > 0) {
    const worst = known.find(({ publication }) => publication === name);
    const verdict = worst && listenerVerdict(worst, rate);
    if (verdict) {
      return {
        ...verdict,
        text: `${worst.client.address}: ${verdict.text}${others(slow, listeners.total)}`,
      };
    }
    const text = `${slow} of ${several(listeners.total, "player")} cannot keep up.`;
    return { cause: "player", text };
  }
  if (video !== null && video.rate === 0 && (audio === null || audio.rate === 0)) {
    return { cause: "publisher", text: "The publisher is connected and sends nothing." };
  }
  if (video !== null && isPause(video)) {
    const text = `The publisher paused: no frame came for ${duration(video.gap)}.`;
    return { cause: "publisher", text };
  }
  if (video !== null && isUneven(video)) {
    const [least, most] = [video.leastFrameRate, video.mostFrameRate].map(perSecond);
    const text = `The publisher sends unevenly: ${least} to ${most} frames/s in the last minute.`;
    return { cause: "publisher", text };
  }
  if (lost > 0) {
    return {
      cause: "publisher",
      text: `On the way from the publisher ${several(lost, "packet")} got lost.`,
    };
  }
  if (faults.length > 0) {
    return { cause: "publisher", text: `The publisher's stream has faults: ${faults.join("; ")}.` };
  }
  return undefined;
}

/** Pictures that change seldom by nature, such as slides, have longer ways from one to the next. */
function isPause({ gap, mostFrameRate }) {
  return gap > PAUSE && gap > PAUSES * 1000 / mostFrameRate;
}

function isUneven({ leastFrameRate, mostFrameRate }) {
  return mostFrameRate >= MOVING && leastFrameRate < UNEVEN * mostFrameRate;
}

function others(slow, total) {
  if (slow > 1) return ` ${several(slow - 1, "more player")} of ${total} too.`;
  return total > 1 ? " The others are well." : "";
}
