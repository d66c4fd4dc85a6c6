import { FLV_HEADER, lastTag, PREVIOUS_SIZE, readBytes } from "./flv_tags.ts";
import { hasOwnHead } from "./flv_muxer.ts";
import type { GoesOn } from "./recording.ts";
import type { Storage } from "./storage.ts";

/** Milliseconds between the last frame of a file and the first of what goes on. */
const PAUSE = 40;
/** Bytes that tell whether the head of a file is ours. */
const HEAD = 128;

/**
 * Where an FLV can go on: behind its last whole tag. Undefined when there is no such file, or it is
 * no FLV.
 */
export async function lookBack(storage: Storage, path: string): Promise<GoesOn | undefined> {
  const info = await storage.find(path);
  if (info === undefined) return undefined;
  const file = await storage.open(info.path);
  try {
    const head = await readBytes(file, 0, HEAD);
    if (head[0] !== 0x46 || head[1] !== 0x4c || head[2] !== 0x56) return undefined;
    const last = await lastTag(file);
    const time = last === undefined ? 0 : last.time + PAUSE;
    return {
      size: last?.end ?? FLV_HEADER + PREVIOUS_SIZE,
      time,
      start: info.modified - time,
      hasOwnHead: hasOwnHead(head),
      flags: head[4] ?? 0,
    };
  } finally {
    file.close();
  }
}
