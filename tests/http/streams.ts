import { Client, type Hub } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";

export const AVC_CONFIG = Uint8Array.of(0x17, 0, 0, 0, 0, 1);
export const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0xaa);
export const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 0xbb);
export const AAC_CONFIG = Uint8Array.of(0xaf, 0, 0x12, 0x10);
export const AAC = Uint8Array.of(0xaf, 1, 0xcc);

/** A publication of an RTMP client. */
export function publisher(hub: Hub, name = "test") {
  const client = new Client({
    protocol: "RTMP",
    address: "127.0.0.1:1",
    path: "",
    query: "",
    properties: new Map(),
  });
  return decided(hub.publish(client, name, { close: () => {} }));
}
