import { ProtocolError } from "../bytes/mod.ts";
import { Films } from "./films/films.ts";
import type { Storage } from "./storage.ts";

/** Milliseconds of a file that a kill cut off; undefined when nothing of it can be read. */
export async function measure(storage: Storage, path: string): Promise<number | undefined> {
  try {
    const film = await new Films(storage).open(path);
    film.close();
    return film.duration;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
