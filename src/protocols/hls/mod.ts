/** HTTP Live Streaming: publications as playlists and segments, muxed once for all players. */
export type { HlsAnswer } from "./answer.ts";
export { Hls, type HlsRequest, type PlayRequest } from "./hls.ts";
export type { HlsSettings } from "./params.ts";
export { type HlsTarget, hlsTarget } from "./target.ts";
