/** WebSocket: calls as JSON arrays, data of publications, live media in binary frames. */
export type { WebSocketSettings } from "./params.ts";
export { WebSocketSession } from "./session.ts";
export { WebSockets, type WebSocketsOptions } from "./sockets.ts";
