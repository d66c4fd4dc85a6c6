import type { Mp4Fragment } from "../../media/mod.ts";

/** Milliseconds of pictures by which their rate is told. */
const ENOUGH = 1_000;

/** Pictures in a second, by those that came since the tracks were told. */
export class FrameRate {
  #pictures = 0;
  #duration = 0;

  reset(): void {
    this.#pictures = this.#duration = 0;
  }

  note({ pictures, duration }: Mp4Fragment): void {
    if (this.#duration >= ENOUGH) return;
    this.#pictures += pictures;
    this.#duration += duration;
  }

  /** To a hundredth; undefined as long as it cannot be told. */
  get rate(): number | undefined {
    if (this.#pictures === 0 || this.#duration < ENOUGH) return undefined;
    return Math.round(this.#pictures * 100_000 / this.#duration) / 100;
  }
}
