import { codecOf, headerKey, isSequenceStart, type MediaMessage } from "../media/mod.ts";

/** Codec headers that are kept: two for each of 16 tracks of sound and of pictures. */
const MAX_HEADERS = 64;

/** What the newest messages of a stream said of it: what a file begins with. */
export class StreamHeaders {
  metadata: MediaMessage | undefined;
  readonly #configs = new Map<string, MediaMessage>();

  get configs(): readonly MediaMessage[] {
    return [...this.#configs.values()];
  }

  /** Another publisher comes. */
  clear(): void {
    this.metadata = undefined;
    this.#configs.clear();
  }

  /** True when the codec header says something new. */
  keep(message: MediaMessage): boolean {
    const kind = message.kind as "audio" | "video";
    const { payload } = message;
    const key = headerKey(payload, kind);
    const known = this.#configs.get(key);
    if (known !== undefined && isSame(known.payload, payload)) return false;
    if (isSequenceStart(payload, kind)) this.#forgetOthers(kind, codecOf(payload, kind));
    this.#configs.delete(key);
    if (this.#configs.size < MAX_HEADERS) this.#configs.set(key, message);
    return true;
  }

  #forgetOthers(kind: "audio" | "video", codec: number): void {
    for (const [key, config] of this.#configs) {
      if (config.kind !== kind) continue;
      const its = codecOf(config.payload, kind);
      if (its !== 0 && codec !== 0 && its !== codec) this.#configs.delete(key);
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
