import { ProtocolError } from "../../bytes/mod.ts";
import { readBytes } from "../flv_tags.ts";
import { ReadOnce } from "../read_once.ts";
import type { ReadableFile, Storage } from "../storage.ts";
import type { Film } from "./film.ts";
import { FileWindow } from "./file_window.ts";
import { FlvFilm, type FlvTold, readFlv } from "./flv_film.ts";
import { findMovie, type FoundMovie, Mp4Film } from "./mp4_film.ts";
import { MAX_TABLES, TABLES_AT_ONCE } from "./params.ts";
import { readSegments, type Segments } from "./segments.ts";

/** What a file says of itself. */
type Told = { readonly flv: FlvTold } | { readonly mp4: FoundMovie };

/** Bytes that a sample takes in its tables, and what else a file takes. */
const SAMPLE = 25;
const FILE = 300_000;
/** Values of metadata take this many times the bytes that they have in the file. */
const VALUE = 8;

/** Opens files that are played. What their tables say is read once for all who play them. */
export class Films {
  readonly #storage: Storage;
  readonly #told = new ReadOnce<Told>({
    weigh,
    limit: MAX_TABLES,
    atOnce: TABLES_AT_ONCE,
  });

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Opens a file by what it holds, whatever its name. @throws ProtocolError when it is no film */
  open(path: string): Promise<Film> {
    return this.#with(path, async (file, told) => {
      return "flv" in told ? new FlvFilm(file, told.flv) : await Mp4Film.open(file, told.mp4);
    });
  }

  /**
   * Where the parts of an MP4 in fragments are; undefined for another film.
   * @throws ProtocolError when it is no film
   */
  segments(path: string): Promise<Segments | undefined> {
    return this.#with(path, async (file, told) => {
      const segments = "flv" in told ? undefined : await readSegments(file, told.mp4);
      file.close();
      return segments;
    });
  }

  /** Closes the file when there is no result, which has it else. */
  async #with<T>(path: string, use: (file: ReadableFile, told: Told) => Promise<T>): Promise<T> {
    const file = await this.#storage.open(path);
    try {
      const key = `${path} ${file.size} ${file.modified}`;
      return await use(file, await this.#told.get(key, () => readTold(file)));
    } catch (error) {
      file.close();
      if (error instanceof RangeError) throw new ProtocolError(error.message);
      throw error;
    }
  }
}

async function readTold(file: ReadableFile): Promise<Told> {
  const head = await readBytes(file, 0, 3);
  const isFlv = head[0] === 0x46 && head[1] === 0x4c && head[2] === 0x56;
  return isFlv ? { flv: await readFlv(file) } : { mp4: await findMovie(new FileWindow(file)) };
}

function weigh(told: Told): number {
  if ("flv" in told) return FILE + told.flv.head.metadataSize * VALUE;
  const { tracks } = told.mp4.movie;
  return FILE + SAMPLE * tracks.reduce((sum, { table }) => sum + table.count, 0);
}
