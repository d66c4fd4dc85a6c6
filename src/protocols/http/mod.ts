/** HTTP: files, methods and live media of the applications. */
export type { SocketUpgrade, Tunnel, Upgrade } from "./context.ts";
export { HttpListener, type HttpListenerOptions } from "./listener.ts";
export { DEFAULT_SETTINGS, type HttpSettings } from "./params.ts";
