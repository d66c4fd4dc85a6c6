/** A pending timer; cancelling it twice is harmless. */
export interface Timer {
  cancel(): void;
}

/** Time as an argument: the real one in the server, a virtual one in tests. */
export interface Clock {
  /** Milliseconds that only grow; for intervals, not for dates. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  epoch(): number;
  after(delay: number, run: () => void): Timer;
  every(interval: number, run: () => void): Timer;
}

/** The machine's clock. A pending timer keeps the process alive: its owner has to cancel it. */
export const systemClock: Clock = {
  now: () => performance.now(),
  epoch: () => Date.now(),
  after(delay, run) {
    const id = setTimeout(run, delay);
    return { cancel: () => clearTimeout(id) };
  },
  every(interval, run) {
    const id = setInterval(run, interval);
    return { cancel: () => clearInterval(id) };
  },
};
