/** HTTP: a listener, and the resources that answer: files, methods and live media of applications. */
export { Assets } from "./assets.ts";
export { Calls } from "./calls.ts";
export type { ApplicationContext } from "./context.ts";
export { Preflight } from "./cors.ts";
export { FileStore } from "./file_store.ts";
export { FileUploads } from "./file_uploads.ts";
export { Files } from "./files.ts";
export { HttpListener, type HttpListenerOptions } from "./listener.ts";
export { LiveStreams } from "./live_streams.ts";
export type { HttpSettings } from "./params.ts";
export { Publications } from "./publications.ts";
export type { HttpRequest } from "./request.ts";
export { RequestTunnels, type RequestTunnelsOptions } from "./request_tunnels.ts";
export type { Answer, BodySink, Resource, Tunnel, Upgrade } from "./resource.ts";
export { ScriptReads } from "./script_reads.ts";
export { type SocketOffer, Sockets, type SocketUpgrade } from "./sockets.ts";
export { HttpError } from "./wire/error.ts";
export type { BodySource, HeaderList, HttpResponse } from "./wire/response.ts";
