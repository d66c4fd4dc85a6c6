import { systemClock } from "../../../src/base/mod.ts";
import { ByteWriter } from "../../../src/bytes/mod.ts";
import { sha256 } from "../../../src/crypto/mod.ts";
import { encodeText } from "../../../src/bytes/mod.ts";
import { bindUdp } from "../../../src/net/mod.ts";
import { GROUP_METADATA } from "../../../src/protocols/rtmfp/flash/metadata.ts";
import { FlashClient } from "../../../tests/rtmfp/flash_client.ts";
import {
  anyApp,
  anyName,
  aWhile,
  FILM,
  frames,
  type Kind,
  pause,
  type Ports,
  random,
  video,
} from "../visit.ts";

/** Milliseconds between two looks at what came, and for which one waits. */
const LOOK = 25;
const PATIENCE = 20_000;
const VIDEO = 9;

/** Half of the clients close their session, half are not heard of again. */
async function visit(
  { rtmfp }: Ports,
  does: (client: FlashClient) => Promise<void>,
): Promise<void> {
  let isHeard = true;
  let end = () => {};
  const client = new FlashClient({
    clock: systemClock,
    address: { host: "127.0.0.1", port: 0 },
    server: { host: "127.0.0.1", port: rtmfp },
    attach: (receive) => {
      const socket = bindUdp({ hostname: "127.0.0.1", port: 0 }, receive);
      end = () => socket.close();
      return (datagram, to) => {
        if (isHeard) socket.send(datagram, to);
      };
    },
  }, true);
  try {
    client.connect(`rtmfp://127.0.0.1:${rtmfp}/${anyApp()}`);
    await until(client, () => client.statuses.includes("NetConnection.Connect.Success"));
    await does(client);
    if (random(2) === 0) {
      client.session?.close();
      await until(client, () => client.closed);
    }
  } finally {
    isHeard = false;
    client.endpoint.close();
    end();
  }
}

async function until(client: FlashClient, isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!isSo()) {
    if (client.failed || performance.now() > end) throw new Error(`${client.statuses}`);
    await pause(LOOK);
    client.heard.length = 0;
  }
}

async function createStream(client: FlashClient): Promise<number> {
  client.command(0, "createStream", 2, null);
  await until(client, () => client.calls.some(([, transaction]) => transaction === 2));
  return Number(client.calls.find(([, transaction]) => transaction === 2)?.[3]);
}

function caller(ports: Ports): Promise<void> {
  return visit(ports, async (client) => {
    const group = sha256(encodeText(anyName()));
    client.session?.openFlow(GROUP_METADATA)
      .write(new ByteWriter().u8(1).vlu(32).bytes(group).take());
    for (let i = 0; i < 5; i++) client.command(0, "echo", 9, null, i, "text");
    await until(client, () => client.calls.some(([, transaction]) => transaction === 9));
    await aWhile();
  });
}

function player(ports: Ports): Promise<void> {
  return visit(ports, async (client) => {
    client.command(await createStream(client), "play", 0, null, FILM);
    await until(client, () => client.statuses.includes("NetStream.Play.Start"));
    await aWhile();
  });
}

function publisher(ports: Ports): Promise<void> {
  return visit(ports, async (client) => {
    const id = await createStream(client);
    client.command(id, "publish", 0, null, anyName());
    await frames((index) => {
      if (!client.closed) client.send(id, VIDEO, index * 100, video(index));
    });
  });
}

export const rtmfpKinds: readonly Kind[] = [
  { name: "RTMFP caller in a group", share: 5, visit: caller },
  { name: "RTMFP player", share: 3, visit: player },
  { name: "RTMFP publisher", share: 2, visit: publisher },
];
