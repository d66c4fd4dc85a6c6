import { type ByteReader, ByteWriter } from "../bytes/mod.ts";

/** What a server does, as the operators of the others see it. */
export interface Load {
  readonly clients: number;
  readonly publications: number;
  readonly listeners: number;
  /** Media, in bytes per second. */
  readonly received: number;
  readonly sent: number;
  /** Processors used; 1 is one of them. */
  readonly cpu: number;
}

const KEYS = ["clients", "publications", "listeners", "received", "sent", "cpu"] as const;

/** Six numbers of 64 bits; later versions may add some. */
export function writeLoad(load: Load): Uint8Array {
  const out = new ByteWriter(8 * KEYS.length);
  for (const key of KEYS) out.f64(load[key]);
  return out.take();
}

/** @throws ProtocolError when it ends early */
export function readLoad(body: ByteReader): Load {
  const values = KEYS.map((key) => {
    const value = body.f64();
    return [key, Number.isFinite(value) && value > 0 ? value : 0] as const;
  });
  return Object.fromEntries(values) as unknown as Load;
}
