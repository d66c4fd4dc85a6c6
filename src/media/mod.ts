/** Container bytes and codec headers: what a relay must know of the media it passes on. */
export { audioRole, FOURCC_LIST, headerKey, type Role, trackOf, videoRole } from "./codec.ts";
export { type Container, CONTAINERS, type MediaKinds } from "./container.ts";
export { FLV_TYPE, flvShape, type TaggedMessage, writeFlvHeader } from "./flv.ts";
export { FlvReader, type FlvSink, flvSink, type FlvTarget } from "./flv_reader.ts";
