import { ByteReader, ByteWriter } from "../../../bytes/mod.ts";
import type { ReceiveOrder } from "../flow/reassembly.ts";

const Flag = {
  streamId: 0x04,
  asReceived: 0x01,
} as const;

/** What a flow carries, by its metadata (RFC 7425 §5.2). */
export type FlowKind =
  | { readonly kind: "stream"; readonly streamId: number; readonly order: ReceiveOrder }
  | { readonly kind: "group" };

/** Undefined for flows that are not of the Flash profile. */
export function readFlowKind(metadata: Uint8Array): FlowKind | undefined {
  if (metadata.length >= 2 && metadata[1] === 0x43) {
    if (metadata[0] === 0x47) return { kind: "group" };
    if (metadata[0] === 0x54 && metadata.length >= 4) return readStream(metadata);
  }
  return undefined;
}

function readStream(metadata: Uint8Array): FlowKind | undefined {
  const input = new ByteReader(metadata, 2);
  const flags = input.u8();
  if ((flags & Flag.streamId) === 0) return undefined;
  const streamId = input.vlu();
  const order = (flags & Flag.asReceived) === 0 ? "sequence" : "network";
  return streamId > 0xffffffff ? undefined : { kind: "stream", streamId, order };
}

/** Metadata of a flow whose messages are to be delivered in sequence. */
export function streamMetadata(streamId: number): Uint8Array<ArrayBuffer> {
  return new ByteWriter(8).u8(0x54).u8(0x43).u8(Flag.streamId).vlu(streamId).take();
}

export const GROUP_METADATA: Uint8Array = Uint8Array.of(0x47, 0x43);
