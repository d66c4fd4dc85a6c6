/** Live media: its messages, codec headers, and the forms that they are written in. */
export {
  audioRole,
  FOURCC_LIST,
  headerKey,
  isSequenceStart,
  type Role,
  trackOf,
  videoRole,
} from "./codec.ts";
export { type HeaderFacts, headerFacts } from "./header_facts.ts";
export { isWholeHeader } from "./codec_header.ts";
export { isDisposable } from "./disposable.ts";
export { codecOf } from "./codec_id.ts";
export { codecName } from "./codec_name.ts";
export { compositionOffset } from "./composition.ts";
export { type Container, CONTAINERS } from "./container.ts";
export {
  type DataFormat,
  dataReader,
  namedData,
  wholeMetadata,
  writeData,
} from "./data_message.ts";
export { FLV_TYPE, flvEncoder, writeFlvHeader, writeFlvMessage } from "./flv.ts";
export type { MediaEncoder } from "./media_encoder.ts";
export { type MediaKind, type MediaKinds, MediaMessage } from "./media_message.ts";
export { Mp4Muxer } from "./mp4/muxer.ts";
export type {
  Mp4Fragment,
  Mp4Init,
  Mp4Options,
  Mp4Sink,
  Mp4Track,
  TrackKind,
} from "./mp4/output.ts";
export { TransportFragments } from "./mpegts/fragments.ts";
export { readScript, type Script } from "./script_tag.ts";
export { isTransport } from "./mpegts/sync.ts";
export { FlvReader, type FlvSink, flvSink, type FlvTarget } from "./flv_reader.ts";
