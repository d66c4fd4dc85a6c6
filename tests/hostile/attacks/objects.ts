import { ByteWriter } from "../../../src/bytes/mod.ts";
import {
  nameBytes,
  objectMessage,
  RELEASE,
  type SentEvent,
  set,
  USE,
} from "../../support/object_client.ts";
import { type Attacks, repeat, type Target } from "../attack.ts";
import { HostilePeer, message } from "../rtmp_peer.ts";

/** One message about an object, as RTMP. */
function about(name: string, ...events: SentEvent[]): Uint8Array {
  const { type, payload } = objectMessage({ name }, ...events);
  return message(type, 0, 0, payload);
}

/** A client that uses an object, then says this again and again. */
function flood(bytes: (index: number) => Uint8Array) {
  return async ({ rtmp }: Target, until: number): Promise<void> => {
    const peer = await HostilePeer.open(rtmp, "live");
    await peer.write(about("board", USE));
    // A client over its rate waits, and so does what it writes.
    const timer = setTimeout(() => peer.close(), until - performance.now());
    let sent = 0;
    await repeat(until, async () => {
      await peer.write(bytes(sent++));
      return !peer.isCut;
    });
    clearTimeout(timer);
    peer.close();
  };
}

/** A slot's value in AMF3: arrays of the one before twice, 60 levels deep. */
function growing(): SentEvent {
  const out = new ByteWriter().bytes(nameBytes("x")).u8(0x11);
  out.u8(9).u8(2 * 60 + 1).u8(1);
  for (let level = 0; level < 60; level++) {
    if (level === 0) out.u8(9).u8(1).u8(1);
    else out.u8(9).u8(5).u8(1).u8(9).u8(2 * level).u8(9).u8(2 * level);
  }
  return { type: 3, body: out.take() };
}

/** Events of all types, with nothing in them. */
const emptyEvents = (() => {
  const { type, payload } = objectMessage({ name: "board" });
  const out = new ByteWriter(4_100_000).bytes(payload);
  for (let n = 0; n < 800_000; n++) out.u8(n % 16).u32(0);
  return message(type, 0, 0, out.take());
})();

const many = (count: number, make: (index: number) => SentEvent) =>
  Array.from({ length: count }, (_, index) => make(index));

export const objectAttacks: Attacks = {
  "changes of a shared object as fast as they go": flood((i) =>
    about("board", ...many(1_000, (n) => set(`s${n}`, i)))
  ),
  "uses and releases of shared objects without an end": flood((i) =>
    about(`o${i}`, ...many(500, (n) => n % 2 === 0 ? USE : RELEASE))
  ),
  "slots and names without an end": flood((i) =>
    about("board", ...many(100, (n) => set(`${i} ${n} `.padEnd(60_000, "n"), n)))
  ),
  "4 MB of empty events": flood(() => emptyEvents),
  "values that grow by references": flood(() => about("board", ...many(100, growing))),
};
