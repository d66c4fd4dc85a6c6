import { writeValues } from "../codecs/mod.ts";
import type { ConnectionValues, Refusal } from "../hub/mod.ts";
import { commandMessage, CommandWriter, type FlashMessage, statusMessage } from "./command.ts";
import { type ConnectRequest, serverProperties } from "./connect.ts";

// What a NetConnection tells its client, in AMF3 for those that read it. Answers to connect are in
// AMF0: only they tell the client which it gets.

/** The answer to connect; `added` comes from the application. */
export function successMessage(
  transaction: number,
  added: ConnectionValues,
  { amf3, listsCodecs }: Pick<ConnectRequest, "amf3" | "listsCodecs">,
): FlashMessage {
  const properties = serverProperties(listsCodecs);
  const result = new CommandWriter(false, "_result", transaction, properties);
  writeValues(result.args, {
    ...Object.fromEntries(added),
    level: "status",
    code: "NetConnection.Connect.Success",
    description: "Connection succeeded",
    objectEncoding: amf3 ? 3 : 0,
  });
  return result.end();
}

/** The answer to a command that is refused, connect among them. */
export function errorMessage(amf3: boolean, transaction: number, refusal: Refusal): FlashMessage {
  const { code, message, redirect } = refusal;
  return commandMessage(amf3, "_error", transaction, {
    level: "error",
    code: `NetConnection.${code}`,
    description: message,
    ...(redirect === undefined ? {} : { ex: { code: 302, redirect } }),
  });
}

/** What clients are told when the server stops. */
export function shutdownMessage(amf3: boolean): FlashMessage {
  return statusMessage(amf3, {
    level: "error",
    code: "NetConnection.Connect.AppShutdown",
    description: "The server is shutting down",
  });
}

/**
 * Enhanced RTMP v2, "Reconnect Request".
 * @param to the server, and the URL for connect there; without it where the client is connected now
 */
export function moveMessage(
  amf3: boolean,
  to?: { readonly tcUrl: string; readonly target: string },
): FlashMessage {
  return statusMessage(amf3, {
    level: "status",
    code: "NetConnection.Connect.ReconnectRequest",
    description: to === undefined ? "Please connect again" : `Please go to ${to.target}`,
    ...(to && { tcUrl: to.tcUrl }),
  });
}

/** The client's application on another server. */
export function urlOf(scheme: string, target: string, path: string, query: string): string {
  return `${scheme}://${target}${path}${query === "" ? "" : `?${query}`}`;
}
