import { ByteWriter } from "../../bytes/mod.ts";
import { type DataReader, JsonWriter } from "../../codecs/mod.ts";
import type { Hub, Publication } from "../../hub/mod.ts";
import { FlvReader, flvSink } from "../../media/mod.ts";

const FLV_SIGNATURE = [0x46, 0x4c, 0x56, 1];

/** A publication by `__publish`: JSON and bytes are its data, an FLV stream its media. */
export class Publisher {
  readonly #hub: Hub;
  readonly #publication: Publication;
  readonly #skipped: (what: string) => void;
  #flv: FlvReader | undefined;

  /** @param skipped told what of an FLV stream is left out */
  constructor(hub: Hub, publication: Publication, skipped: (what: string) => void) {
    this.#hub = hub;
    this.#publication = publication;
    this.#skipped = skipped;
  }

  /** All values of a message, behind its name when it has one. */
  values(name: string | undefined, values: DataReader): void {
    const writer = new JsonWriter(new ByteWriter(256));
    values.read(writer);
    this.#publication.data(name ?? "", writer.take(), "json");
    this.#publication.flush();
  }

  /**
   * Bytes: the next piece of an FLV stream once one has begun, else data.
   * @throws ProtocolError when the FLV stream is broken
   */
  bytes(bytes: Uint8Array): void {
    if (this.#flv === undefined && FLV_SIGNATURE.every((byte, at) => bytes[at] === byte)) {
      this.#flv = new FlvReader(flvSink(this.#publication, this.#skipped));
    }
    if (this.#flv !== undefined) this.#flv.readTags(bytes);
    else this.#publication.data("", bytes, "raw");
    this.#publication.flush();
  }

  close(): void {
    this.#hub.unpublish(this.#publication);
  }
}
