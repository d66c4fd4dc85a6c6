/** HTTP Live Streaming: publications as playlists and segments, muxed once for all players. */
export { type HlsAnswer, sizeOf } from "./answer.ts";
export { Hls, type HlsRequest, type PlayRequest } from "./hls.ts";
export type { HlsSettings } from "./params.ts";
export { SegmentStore } from "./segment_store.ts";
export { type HlsTarget, hlsTarget } from "./target.ts";
