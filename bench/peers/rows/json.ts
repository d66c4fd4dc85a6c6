import { load } from "../../http/load.ts";
import { cpuSecondsOf } from "../processes.ts";
import type { Contender, Row } from "../row.ts";

const CONNECTIONS = 32;
const CALL = '["echo",{"name":"value","count":1}]';
const REQUEST = {
  open: "",
  bytes: new TextEncoder().encode(
    "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n" +
      `content-length: ${CALL.length}\r\n\r\n${CALL}`,
  ),
};

/** A call in JSON that a script answers, beside `Deno.serve` that answers it by itself. */
export const json: Row = {
  title: "A call in JSON over HTTP",
  unit: "CPU-µs",
  contenders: [caller("bare Deno.serve", "bare.ts"), caller("this server, Lua", "ours.ts")],
};

function caller(name: string, script: string): Contender {
  return {
    name,
    measure: async (seconds) => {
      const file = new URL(`../../http/${script}`, import.meta.url).pathname;
      const child = new Deno.Command(Deno.execPath(), {
        args: ["run", "--allow-all", file],
        stdout: "piped",
      }).spawn();
      const running = { pids: () => [child.pid], stop: () => Promise.resolve() };
      const output = child.stdout.getReader();
      try {
        const port = Number(new TextDecoder().decode((await output.read()).value));
        // The first seconds compile.
        await load(port, REQUEST, CONNECTIONS, Math.max(2, seconds));
        const before = cpuSecondsOf(running);
        const count = await load(port, REQUEST, CONNECTIONS, seconds);
        return (cpuSecondsOf(running) - before) / count * 1e6;
      } finally {
        child.kill("SIGKILL");
        await Promise.all([child.status, output.cancel()]);
      }
    },
  };
}
