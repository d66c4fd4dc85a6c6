/** HTTP Live Streaming: publications as playlists and segments, muxed once for all players. */
export {
  Hls,
  type HlsAnswer,
  type HlsRequest,
  type HlsTarget,
  hlsTarget,
  type PlayRequest,
} from "./hls.ts";
export type { HlsSettings } from "./params.ts";
