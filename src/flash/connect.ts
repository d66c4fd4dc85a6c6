import { isValueObject, type Value } from "../codecs/mod.ts";
import { FOURCC_LIST } from "../media/mod.ts";
import {
  CAN_FORWARD,
  CAN_FORWARD_TRACKS,
  CAN_RECONNECT,
  CAPABILITIES,
  SERVER_VERSION,
} from "./params.ts";

/** What a connect command says of the client (RTMP §7.2.1.1). */
export interface ConnectRequest {
  readonly app: string | undefined;
  readonly tcUrl: string;
  readonly flashVersion: string;
  readonly pageUrl: string;
  readonly swfUrl: string;
  /** True for object encoding 3. */
  readonly amf3: boolean;
  /** True when it goes elsewhere on request (Enhanced RTMP v2, reconnect). */
  readonly reconnects: boolean;
  /** All of it that is one text, number or boolean, as texts. */
  readonly plain: ReadonlyMap<string, string>;
  /** True when it reads `fourCcList`: cameras hang up at a strict array that they do not know. */
  readonly listsCodecs: boolean;
}

/** The parameters of connect; what is missing or of another type is empty. */
export function connectRequest(object: Value): ConnectRequest {
  const values = new Map(namedValues(object));
  const plain = new Map<string, string>();
  for (const [name, value] of values) if (isPlain(value)) plain.set(name, String(value));
  const text = (name: string): string => {
    const value = values.get(name);
    return typeof value === "string" ? value : "";
  };
  return {
    app: typeof values.get("app") === "string" ? text("app") : undefined,
    tcUrl: text("tcUrl"),
    flashVersion: text("flashVer"),
    pageUrl: text("pageUrl"),
    swfUrl: text("swfUrl"),
    amf3: values.get("objectEncoding") === 3,
    reconnects: canReconnect(values.get("capsEx")),
    plain,
    listsCodecs: values.has("fourCcList"),
  };
}

/** What `capsEx` says of a client that is asked to connect elsewhere. */
export function canReconnect(capabilities: Value | undefined): boolean {
  const isNumeric = typeof capabilities === "number" || typeof capabilities === "string";
  return isNumeric && (Number(capabilities) & CAN_RECONNECT) !== 0;
}

/** Named values of an object or an associative array, else none. */
export function namedValues(value: Value): [string, Value][] {
  if (value instanceof Map) {
    return [...value].filter((pair): pair is [string, Value] => typeof pair[0] === "string");
  }
  return isValueObject(value) ? Object.entries(value) : [];
}

/** True for one text, number or boolean: only these are texts too. */
export function isPlain(value: Value): boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/**
 * First part of the answer to connect: what the server is, and can do with codecs.
 * @param listsCodecs the client's connect has `fourCcList`
 */
export function serverProperties(listsCodecs: boolean): Record<string, unknown> {
  return {
    fmsVer: SERVER_VERSION,
    capabilities: CAPABILITIES,
    mode: 1,
    ...codecProperties(listsCodecs),
    capsEx: CAN_RECONNECT | CAN_FORWARD_TRACKS,
  };
}

/**
 * What either side of a connection tells the other of the codecs that pass (Enhanced RTMP v2,
 * "Enhancing NetConnection connect Command").
 * @param listsCodecs with the strict array of version 1
 */
export function codecProperties(listsCodecs: boolean): Record<string, unknown> {
  return {
    ...(listsCodecs ? { fourCcList: FOURCC_LIST } : {}),
    videoFourCcInfoMap: { "*": CAN_FORWARD },
    audioFourCcInfoMap: { "*": CAN_FORWARD },
    capsEx: CAN_FORWARD_TRACKS,
  };
}
