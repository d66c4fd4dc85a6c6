import { ByteWriter } from "../bytes/mod.ts";
import { Amf0Writer, type Value, writeValues } from "../codecs/mod.ts";
import { KEY_TABLE_SIZE } from "./params.ts";

/** A key frame of an FLV. */
export interface KeyFrame {
  /** Milliseconds, as its tag has them. */
  readonly time: number;
  /** Bytes of the file before its tag. */
  readonly position: number;
}

/**
 * Key frames as the `keyframes` of FLV metadata has them, which FFmpeg and players of FLV look up.
 * What is written has always the same size, so that its place can be kept in the head of a file: of
 * more key frames than fit in, every second one is told, then every fourth, and so on.
 */
export class KeyTable {
  #entries: KeyFrame[];
  /** One key frame in this many is noted. */
  #step = 1;
  #passed = 0;

  constructor(entries: readonly KeyFrame[] = []) {
    this.#entries = entries.slice(0, KEY_TABLE_SIZE);
  }

  note(time: number, position: number): void {
    if (this.#passed++ % this.#step !== 0) return;
    if (this.#entries.length === KEY_TABLE_SIZE) {
      this.#entries = this.#entries.filter((_, index) => index % 2 === 0);
      this.#step *= 2;
    }
    this.#entries.push({ time, position });
  }

  /** For AMF0: what is not used yet is behind what FFmpeg reads. */
  get value(): Value {
    return {
      times: this.#entries.map(({ time }) => time / 1000),
      filepositions: this.#entries.map(({ position }) => position),
      spacer: new Array(2 * (KEY_TABLE_SIZE - this.#entries.length)).fill(0),
    };
  }

  /** The {@link value} in AMF0. */
  get bytes(): Uint8Array<ArrayBuffer> {
    const writer = new Amf0Writer(new ByteWriter(20 * KEY_TABLE_SIZE), "never");
    writeValues(writer, this.value);
    return writer.take();
  }
}

/**
 * The key frames that metadata tell, in order; none when they make no sense.
 * @param size bytes of the file
 */
export function keyFramesOf(metadata: ReadonlyMap<string, Value>, size: number): KeyFrame[] {
  const table = fieldsOf(metadata.get("keyframes"));
  const [times, positions] = [table.get("times"), table.get("filepositions")];
  if (!Array.isArray(times) || !Array.isArray(positions)) return [];
  if (times.length !== positions.length) return [];
  const entries: KeyFrame[] = [];
  let last = { time: -1, position: 0 };
  for (const [index, seconds] of times.entries()) {
    const [time, position] = [Number(seconds) * 1000, Number(positions[index])];
    const isNext = time > last.time && position > last.position && position < size;
    // FFmpeg and others tell codec headers too, of the same time as the first frame.
    if (!isNext && time === last.time) continue;
    if (!isNext) return [];
    last = { time: Math.round(time), position };
    entries.push(last);
  }
  return entries;
}

function fieldsOf(value: Value): ReadonlyMap<Value, Value> {
  if (value instanceof Map) return value;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return new Map<Value, Value>(isObject ? Object.entries(value) : []);
}
