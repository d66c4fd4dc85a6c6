import { ByteReader, decodeText } from "../../src/bytes/mod.ts";

/** A box of ISO/IEC 14496-12, and those within it where it is known to hold some. */
export interface Box {
  readonly type: string;
  readonly data: Uint8Array;
  readonly boxes: readonly Box[];
}

const PARENTS = new Set(["moov", "trak", "mdia", "minf", "stbl", "dinf", "mvex", "moof", "traf"]);

export function readBoxes(bytes: Uint8Array): Box[] {
  const reader = new ByteReader(bytes);
  const boxes: Box[] = [];
  while (reader.remaining > 0) {
    const size = reader.u32();
    const type = decodeText(reader.view(4));
    const data = reader.view(size - 8);
    boxes.push({ type, data, boxes: PARENTS.has(type) ? readBoxes(data) : [] });
  }
  return boxes;
}

/** The boxes at the end of a path such as `moof/traf/trun`. */
export function find(boxes: readonly Box[], path: string): Box[] {
  const [first, ...rest] = path.split("/");
  const found = boxes.filter(({ type }) => type === first);
  return rest.length === 0 ? found : found.flatMap((box) => find(box.boxes, rest.join("/")));
}

export interface Run {
  readonly track: number;
  readonly time: number;
  readonly samples: {
    readonly duration: number;
    readonly isKey: boolean;
    readonly offset: number;
    readonly data: Uint8Array;
  }[];
}

/** The samples of a fragment, by what its headers say of where they are. */
export function readRuns(fragment: Uint8Array): Run[] {
  return find(readBoxes(fragment), "moof/traf").map(({ boxes }) => {
    const head = new ByteReader(find(boxes, "tfhd")[0]!.data, 1);
    const flags = head.u24();
    const track = head.u32();
    const duration = (flags & 8) !== 0 ? head.u32() : 0;
    const usual = (flags & 0x20) !== 0 ? head.u32() : 0;
    const time = Number(new ByteReader(find(boxes, "tfdt")[0]!.data, 4).u64());
    const run = new ByteReader(find(boxes, "trun")[0]!.data, 1);
    const has = run.u24();
    const count = run.u32();
    let at = run.i32();
    let first = (has & 4) !== 0 ? run.u32() : undefined;
    const samples = Array.from({ length: count }, () => {
      const own = (has & 0x100) !== 0 ? run.u32() : duration;
      const size = run.u32();
      const sampleFlags = (has & 0x400) !== 0 ? run.u32() : first ?? usual;
      first = undefined;
      const offset = (has & 0x800) !== 0 ? run.i32() : 0;
      const data = fragment.subarray(at, at + size);
      at += size;
      return { duration: own, isKey: (sampleFlags & 0x10000) === 0, offset, data };
    });
    return { track, time, samples };
  });
}
