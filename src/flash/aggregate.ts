import { ByteReader } from "../bytes/mod.ts";

/** One message within an aggregate. */
export interface AggregatePart {
  readonly type: number;
  readonly time: number;
  readonly payload: Uint8Array;
}

/**
 * The messages of an aggregate (RTMP §7.1.6): FLV tags, each followed by its size. Their times are
 * moved so that the first one has the aggregate's.
 * @throws ProtocolError when a part goes past the end
 */
export function* aggregateParts(time: number, payload: Uint8Array): Generator<AggregatePart> {
  const input = new ByteReader(payload);
  let offset: number | undefined;
  while (input.remaining > 0) {
    const type = input.u8();
    const size = input.u24();
    const low = input.u24();
    const stamp = ((input.u8() << 24) | low) >>> 0;
    input.advance(3);
    offset ??= time - stamp;
    yield { type, time: (stamp + offset) >>> 0, payload: input.view(size) };
    if (input.remaining > 0) input.advance(4);
  }
}
