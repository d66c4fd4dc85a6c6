/** Container bytes and codec headers: what a relay must know of the media it passes on. */
export {
  audioRole,
  FOURCC_LIST,
  headerKey,
  isSequenceStart,
  type Role,
  trackOf,
  videoRole,
} from "./codec.ts";
export { isWholeHeader } from "./codec_header.ts";
export { codecOf } from "./codec_id.ts";
export { type Container, CONTAINERS } from "./container.ts";
export {
  FLV_TYPE,
  flvEncoder,
  type MediaKinds,
  type TaggedMessage,
  writeFlvHeader,
} from "./flv.ts";
export { isTransport } from "./mpegts/sync.ts";
export { FlvReader, type FlvSink, flvSink, type FlvTarget } from "./flv_reader.ts";
