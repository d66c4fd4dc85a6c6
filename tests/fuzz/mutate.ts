/** Numbers that formats trip over: lengths, counts and references at their bounds. */
const EDGES = [0x00, 0x01, 0x7f, 0x80, 0x81, 0xfe, 0xff];

/** Repeatable random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** Bytes of the longest inputs. */
const LONG = 65_536;

/** A seed in which one part is there so often that the input is long. */
export function stretch(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  const source = mutate(random, seeds);
  const at = random.below(source.length + 1);
  const part = source.subarray(at, at + 1 + random.below(random.below(2) === 0 ? 3 : 64));
  const count = Math.floor((LONG - source.length) / Math.max(1, part.length));
  const bytes = new Uint8Array(source.length + part.length * count);
  bytes.set(source.subarray(0, at));
  for (let i = 0; i < count; i++) bytes.set(part, at + i * part.length);
  bytes.set(source.subarray(at), at + part.length * count);
  return bytes;
}

/** One to eight small changes to one seed, with pieces of the others. */
export function mutate(random: Random, seeds: readonly Uint8Array[]): Uint8Array {
  let bytes: number[] = [...random.pick(seeds)];
  for (let changes = 1 + random.below(8); changes > 0; changes--) {
    const at = random.below(bytes.length + 1);
    const size = 1 + random.below(16);
    switch (random.below(8)) {
      case 0:
        bytes[at] = random.below(256);
        break;
      case 1:
        bytes[at] = random.pick(EDGES);
        break;
      case 2:
        if (at < bytes.length) bytes[at]! ^= 1 << random.below(8);
        break;
      case 3:
        bytes.splice(at, size);
        break;
      case 4:
        bytes.splice(at, 0, ...bytes.slice(at, at + size));
        break;
      case 5: {
        const other = random.pick(seeds);
        const from = random.below(other.length + 1);
        bytes.splice(at, random.below(size), ...other.subarray(from, from + size * 4));
        break;
      }
      case 6:
        bytes.splice(at, 0, ...Array.from({ length: size }, () => random.below(256)));
        break;
      default: {
        const part = bytes.slice(at, at + size);
        for (let times = random.below(200); times > 0; times--) bytes.splice(at, 0, ...part);
      }
    }
    if (bytes.length > 4096) bytes = bytes.slice(0, 4096);
  }
  return Uint8Array.from(bytes, (byte) => byte ?? 0);
}
