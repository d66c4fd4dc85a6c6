import { type Attacks, repeat } from "../attack.ts";
import { keyings } from "../keyings.ts";
import { eventually, LiveClient } from "../../e2e/live_client.ts";
import { fromHex } from "../../../src/bytes/mod.ts";
import { GroupViewer, SPEC } from "../../rtmfp/group_viewer.ts";

export const rtmfpAttacks: Attacks = {
  "datagrams of noise": async ({ rtmfp }, until) => {
    const socket = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
    const noise = crypto.getRandomValues(new Uint8Array(1200));
    const to = { transport: "udp", hostname: "127.0.0.1", port: rtmfp } as const;
    await repeat(until, async () => {
      noise[Math.floor(Math.random() * 12)]! ^= 1 + Math.floor(Math.random() * 255);
      noise.fill(0, 0, 4);
      for (let i = 0; i < 50; i++) await socket.send(noise, to).catch(() => {});
    });
    socket.close();
  },
  "handshakes of RTMFP": async ({ rtmfp }, until) => {
    await repeat(until, async () => {
      const opened = await Promise.allSettled(
        Array.from({ length: 10 }, () => LiveClient.connect({ host: "127.0.0.1", port: rtmfp })),
      );
      for (const each of opened) {
        if (each.status === "fulfilled") await each.value[Symbol.asyncDispose]();
      }
    });
  },
  "keyings of RTMFP in group 2": keyings(2),
  "keyings of RTMFP in group 16": keyings(16),
  "fetches of a NetGroup": async ({ rtmfp, http }, until) => {
    const address = { host: "127.0.0.1", port: rtmfp };
    await using client = await LiveClient.connect(address);
    const called = await fetch(`http://127.0.0.1:${http}/t/group`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([SPEC]),
    });
    await called.text();
    const viewer = new GroupViewer(client.flash, { wants: "group" });
    await eventually(() => viewer.told.length > 0);
    viewer.meet(fromHex(viewer.told.at(-1)!)!, address);
    await eventually(() => viewer.announced.length > 0);
    let count = 0;
    await repeat(until, async () => {
      for (let i = 0; i < 500; i++) viewer.ask(0x2b, 0x80 | count % 8, count++ % 128);
      viewer.parts.clear();
      await new Promise((resume) => setTimeout(resume, 5));
    });
    viewer.session?.close();
  },
  "plays by RTMFP": async ({ rtmfp }, until) => {
    await using client = await LiveClient.connect({ host: "127.0.0.1", port: rtmfp });
    const id = Number((await client.call("createStream"))[3]);
    let count = 0;
    await repeat(until, async () => {
      for (let i = 0; i < 200; i++) client.flash.command(id, "play", 0, null, `r${count++}`);
      client.flash.heard.length = 0;
      client.flash.statuses.length = 0;
      await new Promise((resume) => setTimeout(resume, 20));
    });
  },
};
