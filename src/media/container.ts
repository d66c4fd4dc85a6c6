import { ByteWriter } from "../bytes/mod.ts";
import { FLV_TYPE, flvEncoder, FlvFromZero, writeFlvHeader } from "./flv.ts";
import type { MediaEncoder } from "./media_encoder.ts";
import type { MediaKinds, MediaMessage } from "./media_message.ts";
import { inTransport, TransportEncoder, TS_TYPE } from "./mpegts/muxer.ts";

/** A form in which live media are sent as one stream of bytes. */
export interface Container {
  /** Content type of the stream. */
  readonly type: string;
  /**
   * Writes the messages; a new one for every listener, since a form may have a memory.
   * @param parameters the listener's; `start=0` asks for an FLV whose time begins at 0
   * @param kinds what comes, as far as is known
   */
  encoder(parameters?: ReadonlyMap<string, string>, kinds?: MediaKinds): MediaEncoder;
  /** Whether it carries the codec of this message; absent when it carries every codec. */
  carries?(header: MediaMessage): boolean;
  /** What comes before the first message; absent when nothing does. */
  head?(kinds: MediaKinds): Uint8Array<ArrayBuffer>;
}

const flv: Container = {
  type: FLV_TYPE,
  encoder: (parameters) => parameters?.get("start") === "0" ? new FlvFromZero() : flvEncoder,
  head({ audio, video }) {
    const out = new ByteWriter(16);
    writeFlvHeader(out, audio, video);
    return out.take();
  },
};

const ts: Container = {
  type: TS_TYPE,
  encoder: (_parameters, kinds) => new TransportEncoder(kinds),
  carries: inTransport,
};

/** The containers by the file extension that requests them: a new container is added here. */
export const CONTAINERS: ReadonlyMap<string, Container> = new Map([["flv", flv], ["ts", ts]]);
