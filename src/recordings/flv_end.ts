import { ProtocolError } from "../bytes/mod.ts";
import { FlvFilm } from "./films/flv_film.ts";
import { hasOwnHead, hasOwnKeys } from "./flv_muxer.ts";
import { FLV_HEADER, PREVIOUS_SIZE, readBytes } from "./flv_tags.ts";
import { KeyTable } from "./key_table.ts";
import type { GoesOn } from "./recording.ts";
import type { Storage } from "./storage.ts";

/** Milliseconds between the last picture of a file and the first of what goes on. */
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
    const { last, keyFrames } = await FlvFilm.open(file);
    // Pictures that a kill cut off are missing between those that are shown.
    const time = last === undefined ? 0 : last.shown + PAUSE;
    const size = last?.end ?? FLV_HEADER + PREVIOUS_SIZE;
    const known = keyFrames.filter(({ position }) => position < size);
    return {
      size,
      time,
      start: info.modified - time,
      hasOwnHead: hasOwnHead(head),
      flags: head[4] ?? 0,
      // Of a file that a kill cut off before it had any, those from now on would be too few.
      keys: known.length > 0 && hasOwnKeys(head) ? new KeyTable(known) : undefined,
    };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  } finally {
    file.close();
  }
}
