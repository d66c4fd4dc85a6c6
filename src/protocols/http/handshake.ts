import { encodeText } from "../../bytes/mod.ts";
import { sha1 } from "../../crypto/mod.ts";
import { HttpError } from "./wire/error.ts";
import { listsToken } from "./wire/fields.ts";
import type { RequestHead } from "./wire/request_reader.ts";
import type { HttpResponse } from "./wire/response.ts";

/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** True when a request asks for a WebSocket. */
export function wantsSocket({ fields }: RequestHead): boolean {
  return fields.has("upgrade") && listsToken(fields.get("upgrade"), "websocket");
}

/**
 * What RFC 6455 §4.2.1 wants of a request, before a client is made of it.
 * @throws HttpError 400, 426
 */
export function checkHandshake({ fields, method, minor }: RequestHead): void {
  if (fields.get("sec-websocket-version") !== "13") {
    throw new HttpError(426, "WebSocket version 13 is understood", [
      ["sec-websocket-version", "13"],
    ]);
  }
  const isUpgrade = listsToken(fields.get("connection"), "upgrade");
  const key = fields.get("sec-websocket-key") ?? "";
  if (method !== "GET" || minor !== 1 || !isUpgrade || !/^[A-Za-z0-9+/]{22}==$/.test(key)) {
    throw new HttpError(400, "This is no WebSocket handshake");
  }
}

/** Subprotocols that the client offers. */
export function offeredProtocols({ fields }: RequestHead): string[] {
  const offered = fields.get("sec-websocket-protocol") ?? "";
  return offered.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

/** The answer that turns the connection into a WebSocket (RFC 6455 §4.2.2). */
export function switchToSocket({ fields }: RequestHead, protocol?: string): HttpResponse {
  const digest = sha1(encodeText(`${fields.get("sec-websocket-key")}${GUID}`));
  const accept = btoa(String.fromCharCode(...digest));
  const headers: [string, string][] = [
    ["upgrade", "websocket"],
    ["connection", "Upgrade"],
    ["sec-websocket-accept", accept],
  ];
  if (protocol !== undefined) headers.push(["sec-websocket-protocol", protocol]);
  return { status: 101, headers };
}
