import assert from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { writeDiscriminator } from "../../src/protocols/rtmfp/startup/endpoint_discriminator.ts";
import { DEFAULT_KEY } from "../../src/protocols/rtmfp/params.ts";
import {
  defaultKey,
  readSessionId,
  type SessionKey,
} from "../../src/protocols/rtmfp/startup/session_key.ts";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { Mode } from "../../src/protocols/rtmfp/wire/packet.ts";
import { writeInitiatorHello } from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import { sealed } from "./sealing.ts";
import { exchange, Simulation } from "./simulation.ts";

Deno.test("a session opens when every packet of its handshake comes in fragments, the last first", () => {
  const simulation = new Simulation({ conditions: { latency: 20 } });
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const { client, server, clientNode } = simulation;
  let fragmented = 0;
  simulation.link.filter = (datagram, from) => {
    const parts = fragmentsOf(key, datagram, fragmented);
    if (!parts) return true;
    fragmented++;
    const receiver = from.port === clientNode.address.port ? server : client;
    for (const part of parts.reverse()) {
      simulation.clock.after(20, () => receiver.receive(part, from));
    }
    return false;
  };
  exchange(simulation);
  assert.equal(fragmented, 4);
  assert.equal(simulation.serverSessions.length, 1);
  simulation.close();
});

/** A startup packet in three fragments; undefined when the datagram is none. */
function fragmentsOf(
  key: SessionKey,
  datagram: Uint8Array,
  packet: number,
): Uint8Array[] | undefined {
  let plain: Uint8Array;
  try {
    plain = key.open(datagram).rest();
  } catch {
    return undefined;
  }
  const third = Math.ceil(plain.length / 3);
  return [0, 1, 2].map((number) => {
    const part = plain.subarray(number * third, (number + 1) * third);
    const output = new ByteWriter();
    output.u8(Mode.startup).u8(Chunk.fragment).u16(3 + part.length);
    output.u8(number < 2 ? 0x80 : 0).vlu(packet).vlu(number).bytes(part);
    return sealed(key, output.view(), readSessionId(datagram));
  });
}

Deno.test("fragments of handshakes that never end are forgotten, the oldest sender's first", () => {
  const simulation = new Simulation();
  const key = defaultKey(encodeText(DEFAULT_KEY));
  const output = new ByteWriter();
  output.u8(Mode.startup | 8).u16(0);
  writeInitiatorHello(output, {
    discriminator: writeDiscriminator({ ancillaryData: encodeText("rtmfp://198.51.100.1/app") }),
    tag: new Uint8Array(16),
  });
  while (output.length < 384) output.u8(0xff);
  const hello = fragmentsOf(key, sealed(key, output.view(), 0), 1) ?? assert.fail();
  const [first, second, third] = hello as [Uint8Array, Uint8Array, Uint8Array];
  const senders = Array.from({ length: 33 }, (_, i) => ({ host: "203.0.113.7", port: 6000 + i }));
  const answered: number[] = [];
  for (const { host, port } of senders) {
    simulation.link.attach({ host, port }, () => answered.push(port));
  }
  for (const part of [first, second, third]) {
    for (const sender of senders.toReversed()) {
      if (part === first || sender !== senders[32]) simulation.server.receive(part, sender);
    }
  }
  simulation.server.receive(second, senders[32]!);
  simulation.server.receive(third, senders[32]!);
  simulation.clock.advance(1000);
  assert.equal(answered.length, 32);
  assert(!answered.includes(6032));
  simulation.close();
});
