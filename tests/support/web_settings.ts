import { loadConfig } from "../../src/config/mod.ts";
import type { HttpSettings } from "../../src/protocols/http/mod.ts";
import type { WebSocketSettings } from "../../src/protocols/websocket/mod.ts";

const { HTTP, WebSocket, lua: { maxText } } = loadConfig().config;

/** The settings of a server whose ini says nothing. */
export const HTTP_SETTINGS: HttpSettings = { ...HTTP, maxText };
export const SOCKET_SETTINGS: WebSocketSettings = { ...WebSocket, maxText };
