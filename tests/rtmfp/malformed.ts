import assert from "node:assert/strict";
import { encodeText, hex } from "../../src/bytes/mod.ts";
import { DEFAULT_KEY } from "../../src/protocols/rtmfp/params.ts";
import { defaultKey } from "../../src/protocols/rtmfp/startup/session_key.ts";
import { Dice } from "../support/simulated_link.ts";
import { FlashServer } from "./flash_client.ts";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { chunk } from "./chunks.ts";
import { RawPeer } from "./raw_peer.ts";
import { sealed } from "./sealing.ts";

/** Everything that a handshake, a publication and a play put on the wire, plain. */
export async function recordedPackets(): Promise<
  { startup: Uint8Array[]; datagrams: Uint8Array[] }
> {
  const server = new FlashServer();
  const datagrams: Uint8Array[] = [];
  server.link.filter = (datagram) => {
    datagrams.push(datagram.slice());
    return true;
  };
  const client = server.connected(5000);
  client.command(0, "createStream", 2, null);
  client.command(0, "setPeerInfo", 0, null, "192.168.1.2:5000");
  server.clock.advance(500);
  client.command(1, "publish", 0, null, "cam");
  client.send(1, 9, 0, new Uint8Array(5000).fill(0x17));
  server.clock.advance(500);
  client.session?.close();
  server.clock.advance(500);
  await server.close();
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const startup: Uint8Array[] = [];
  for (const datagram of datagrams) {
    try {
      startup.push(key.open(datagram).rest().slice());
    } catch {
      continue;
    }
  }
  return { startup, datagrams };
}

function mutate(source: Uint8Array, dice: Dice): Uint8Array {
  const bytes = source.slice(
    0,
    Math.max(1, source.length - (dice.roll() < 0.2 ? dice.below(40) : 0)),
  );
  for (let i = dice.below(4); i >= 0; i--) bytes[dice.below(bytes.length)] = dice.roll() * 256;
  return bytes;
}

/**
 * Sends `count` malformed datagrams to a server on which a client goes on working: random ones,
 * real ones damaged or repeated, and damaged plain packets under the default key.
 */
export async function attackServer(count: number, seed: number): Promise<void> {
  const { startup, datagrams } = await recordedPackets();
  const server = new FlashServer();
  const dice = new Dice(seed);
  const client = server.connected(6000);
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const attacker = server.link.attach({ host: "192.0.2.66", port: 6 }, () => {});
  const to = { host: server.listener.hostname, port: server.listener.port };
  let answered = 0;
  for (let i = 0; i < count; i++) {
    const kind = dice.below(4);
    const datagram = kind === 0
      ? dice.bytes(dice.below(1300))
      : kind === 1
      ? mutate(datagrams[dice.below(datagrams.length)]!, dice)
      : kind === 2
      ? datagrams[dice.below(datagrams.length)]!
      : sealed(key, mutate(startup[dice.below(startup.length)]!, dice), dice.roll() < 0.9 ? 0 : 1);
    attacker.send(datagram, to);
    if (i % 1000 !== 0) continue;
    server.clock.advance(20);
    const calls = client.calls.length;
    client.command(0, "createStream", 2, null);
    client.command(0, "deleteStream", 0, null, 1);
    server.until(() => client.calls.length > calls, 5000);
    answered++;
  }
  server.clock.advance(100);
  assert.equal(answered, Math.ceil(count / 1000));
  assert.equal(client.closed, false);
  assert(server.listener.connections < 100);
  await server.close();
}

/** Says `count` malformed packets to a session that has the right keys for them. */
export function attackSession(count: number, seed: number): void {
  const dice = new Dice(seed);
  const types = [...Object.values(Chunk), 0x99];
  for (let said = 0; said < count;) {
    const peer = new RawPeer();
    const flow = peer.session.openFlow(Uint8Array.of(1));
    for (let i = 0; i < 2000 && said < count; i++, said++) {
      let chunks = "";
      for (let n = dice.below(5); n >= 0; n--) {
        // Closing ends the round: it is said seldom.
        const type = types[dice.below(types.length)]!;
        const isClose = type === Chunk.sessionClose || type === Chunk.sessionCloseAck;
        if (isClose && dice.roll() > 0.002) continue;
        const small = dice.bytes(dice.below(dice.roll() < 0.9 ? 12 : 60));
        if (dice.roll() < 0.7) { for (let at = 0; at < small.length; at++) small[at]! &= 0x07; }
        chunks += chunk(type, hex(small));
      }
      if (dice.roll() < 0.1) flow.write(dice.bytes(50), { reliable: dice.roll() < 0.5 });
      if (!peer.session.isOpen) break;
      peer.say(chunks);
      if (dice.roll() < 0.05) peer.clock.advance(dice.below(400));
      if (peer.seen.length > 1000) peer.seen.length = 0;
    }
    peer.close();
  }
}
