import { ByteWriter } from "../../../bytes/mod.ts";
import { GroupMessage, MAX_KEPT, MAX_PARTS, PART_SIZE, RELAY_MARGIN, WINDOW } from "./params.ts";

/** A part of a media message as it is sent to peers. */
export interface Part {
  /** Counts up from 1, in the whole stream. */
  readonly id: number;
  readonly bytes: Uint8Array;
  /** When it was added, on the clock. */
  readonly time: number;
}

/** The parts of a published stream that the group may still ask for. */
export class Parts {
  readonly #parts: Part[] = [];
  #last = 0;
  #kept = 0;

  /** The number of the newest part; 0 for none. */
  get last(): number {
    return this.#last;
  }

  /** Takes the end of the stream for a part: the map goes on to it. */
  end(): number {
    return ++this.#last;
  }

  get(id: number): Part | undefined {
    const first = this.#parts[0];
    return first === undefined ? undefined : this.#parts[id - first.id];
  }

  /** Cuts a media message: `time` is that of the media, `now` that of the clock. */
  add(type: number, time: number, payload: Uint8Array, now: number): Part[] {
    const size = Math.max(PART_SIZE, Math.ceil(payload.length / MAX_PARTS));
    const count = Math.max(1, Math.ceil(payload.length / size));
    const added: Part[] = [];
    for (let index = 0; index < count; index++) {
      const data = payload.subarray(index * size, (index + 1) * size);
      const id = ++this.#last;
      added.push({ id, bytes: partBytes({ id, index, count, type, time, data }), time: now });
    }
    for (const part of added) {
      this.#parts.push(part);
      this.#kept += part.bytes.length;
    }
    this.#forget(now);
    return added;
  }

  /** Which parts there are: the number of the last one, then a bit for each one before it. */
  map(now: number): Uint8Array {
    this.#forget(now);
    const first = this.#parts[0]?.id ?? this.#last;
    const before = this.#last - first;
    const out = new ByteWriter(16 + before / 8).u8(GroupMessage.map).vlu(this.#last);
    for (let left = before; left > 0; left -= 8) out.u8(left >= 8 ? 0xff : (1 << left) - 1);
    return out.take();
  }

  #forget(now: number): void {
    const until = now - WINDOW - RELAY_MARGIN;
    let count = 0;
    for (const { time, bytes } of this.#parts) {
      if (time >= until && this.#kept <= MAX_KEPT) break;
      this.#kept -= bytes.length;
      count++;
    }
    this.#parts.splice(0, count);
  }
}

interface CutPart {
  readonly id: number;
  readonly index: number;
  readonly count: number;
  readonly type: number;
  readonly time: number;
  readonly data: Uint8Array;
}

function partBytes({ id, index, count, type, time, data }: CutPart): Uint8Array {
  const following = count - 1 - index;
  const kind = count === 1
    ? GroupMessage.media
    : following === 0
    ? GroupMessage.mediaEnd
    : index === 0
    ? GroupMessage.mediaStart
    : GroupMessage.mediaNext;
  const out = new ByteWriter(16 + data.length).u8(kind).vlu(id);
  if (following > 0) out.u8(following);
  if (index === 0) out.u8(type).u32(time);
  return out.bytes(data).take();
}
