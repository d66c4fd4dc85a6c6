import { ProtocolError } from "../../bytes/mod.ts";
import { readBytes } from "../flv_tags.ts";
import type { Storage } from "../storage.ts";
import type { Film } from "./film.ts";
import { FlvFilm } from "./flv_film.ts";
import { Mp4Film } from "./mp4_film.ts";

/** Opens a file by what it holds, whatever its name. @throws ProtocolError when it is no film */
export async function openFilm(storage: Storage, path: string): Promise<Film> {
  const file = await storage.open(path);
  try {
    const head = await readBytes(file, 0, 12);
    const isFlv = head[0] === 0x46 && head[1] === 0x4c && head[2] === 0x56;
    return isFlv ? await FlvFilm.open(file) : await Mp4Film.open(file);
  } catch (error) {
    file.close();
    if (error instanceof RangeError) throw new ProtocolError(error.message);
    throw error;
  }
}
