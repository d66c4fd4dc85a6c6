/** RTMP: sessions over any carrier of bytes, and the listener of its TCP port. */
export { Movies } from "./swf_gate.ts";
export { PolicyListener } from "./policy.ts";
export { RtmpListener, type RtmpListenerOptions } from "./listener.ts";
export {
  DEFAULT_SETTINGS,
  RtmpSession,
  type RtmpSessionOptions,
  type RtmpSettings,
} from "./session.ts";
export { RtmpEncoder } from "./encoder.ts";
export { type RelayOptions, RtmpRelay } from "./client/relay.ts";
export { parseStreamUrl, type StreamUrl } from "./client/url.ts";
