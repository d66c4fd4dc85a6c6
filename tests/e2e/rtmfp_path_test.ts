import assert from "node:assert/strict";
import { ADDRESSES, ignore, Network } from "./network.ts";
import { inTempFolder } from "./program.ts";
import { runProgram, runServer } from "./server.ts";

const APPLICATION = `
function onConnection(client)
  function client:long(length) return ("x"):rep(length) end
end
`;
/** Without what is around a datagram: 28 bytes. */
const LINES = [[1500, 1392], [1420, 1392], [1300, 1200], [1300, 1200]] as const;
/** The longest parts of messages leave room in their datagram for an acknowledgement. */
const ROOM = 48;

for (const isNative of [false, true]) {
  Deno.test(
    `clients get long datagrams where their path lets such through, and none that is cut on its way, ${
      isNative ? "by the native path" : "plain"
    }`,
    { ignore },
    () =>
      inTempFolder(async (folder) => {
        await Deno.mkdir(`${folder}/www/live`, { recursive: true });
        await Deno.writeTextFile(`${folder}/www/live/main.lua`, APPLICATION);
        const network = await Network.open();
        const server = await runServer({
          www: `${folder}/www`,
          data: `${folder}/data`,
          set: ["bind=0.0.0.0"],
          prefix: network.on(0),
          isNative,
        });
        try {
          await server.logged(isNative ? /TLS: by native calls/ : /TLS: without native calls/);
          const [ip = "", ...inside] = network.on(1);
          const on1 = async (...command: string[]): Promise<string> => {
            const { code, out, err } = await runProgram(ip, [...inside, ...command]);
            assert.equal(code, 0, err);
            return out;
          };
          const caller = [Deno.execPath(), "run", "--quiet", "-A", "--unstable-net"];
          const program = new URL("long_caller.ts", import.meta.url).pathname;
          for (const [mtu, longest] of LINES) {
            await network.narrow(mtu);
            const printed = await on1(...caller, program, ADDRESSES[0], String(server.rtmfp));
            const seen = Number(printed);
            assert.ok(
              seen <= longest && seen > longest - ROOM,
              `${seen} bytes where ${mtu} may pass`,
            );
          }
          assert.equal(reassembled(await on1("cat", "/proc/net/snmp")), 0);
        } finally {
          await server.kill();
          await network.close();
        }
      }),
  );
}

/** Parts of packets that a machine had to put together, from what its kernel counts. */
function reassembled(snmp: string): number {
  const [names = "", values = ""] = snmp.split("\n").filter((line) => line.startsWith("Ip:"));
  return Number(values.split(" ")[names.split(" ").indexOf("ReasmReqds")]);
}
