import { equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** A process with a port, which may open 64 files. */
function starve() {
  const file = fileURLToPath(new URL("./starved_port.ts", import.meta.url));
  const child = new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 64; exec "$@"', "sh", Deno.execPath(), "run", "-qA", file],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const input = child.stdin.getWriter();
  let rest = "";
  const line = async (): Promise<string> => {
    for (;;) {
      const end = rest.indexOf("\n");
      if (end >= 0) {
        const first = rest.slice(0, end);
        rest = rest.slice(end + 1);
        return first;
      }
      const { value, done } = await output.read();
      if (done) throw new Error(`it ended: ${rest}`);
      rest += value;
    }
  };
  const say = (text: string) => input.write(new TextEncoder().encode(`${text}\n`));
  const end = async () => {
    await input.close();
    child.kill("SIGKILL");
    await child.status;
    await output.cancel();
  };
  return { line, say, end };
}

Deno.test("a port without descriptors says so, and accepts as soon as there are some", async () => {
  const { line, say, end } = starve();
  const port = Number(await line());
  await say("fill");
  equal(await line(), "full");
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  match(await line(), /^no connection can be accepted: .* `ulimit -n`/);
  await say("free");
  const buffer = new Uint8Array(16);
  const count = await conn.read(buffer) ?? 0;
  equal(new TextDecoder().decode(buffer.subarray(0, count)), "hello");
  conn.close();
  await end();
});
