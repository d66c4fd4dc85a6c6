/** WebSocket: calls as JSON arrays, data of publications, live media in binary frames. */
export { DEFAULT_SETTINGS, type SocketSettings } from "./params.ts";
export type { SocketOutput } from "./output.ts";
export type { CarriedPeer, CarriedSession, SessionFactory } from "./rtmp_tunnel.ts";
export { SocketSession } from "./session.ts";
export { WebSockets, type WebSocketsOptions } from "./sockets.ts";
