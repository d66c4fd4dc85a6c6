import assert from "node:assert/strict";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, runProgram, runServer } from "./server.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/** Runs a test beside nginx as an RTMP server. */
async function withNginx(folder: string, body: (port: number) => Promise<void>): Promise<void> {
  await requireProgram("nginx");
  assert.ok(await Deno.stat(MODULE), "apt-get install libnginx-mod-rtmp");
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/nginx.conf`,
    `load_module ${MODULE};
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; application live { live on; } } }
`,
  );
  const child = new Deno.Command("nginx", {
    args: ["-p", folder, "-c", `${folder}/nginx.conf`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await listening(port);
    await body(port);
  } finally {
    child.kill("SIGTERM");
    await child.status;
  }
}

/** Waits until a port is listened on. */
async function listening(port: number): Promise<void> {
  const end = Date.now() + 60_000;
  for (;;) {
    try {
      return (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

Deno.test("a stream goes to nginx-rtmp and comes back from it", () =>
  inTempFolder((folder) =>
    withNginx(folder, async (port) => {
      await requireProgram("ffmpeg");
      await Deno.mkdir(`${folder}/www/live`, { recursive: true });
      const url = `rtmp://127.0.0.1:${port}/live/film`;
      const server = await runServer({
        www: `${folder}/www`,
        data: `${folder}/data`,
        set: [`relay.out=push ${url}`, `relay.back=${url}`],
      });
      const ours = `rtmp://127.0.0.1:${server.rtmp}/live`;
      // It ends with the server.
      const publishing = runProgram("ffmpeg", [
        ...["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25"],
        ...["-f", "lavfi", "-i", "sine=frequency=440", "-t", "300"],
        ...["-c:v", "libx264", "-g", "25", "-c:a", "aac", "-f", "flv", `${ours}/out`],
      ], 300);
      try {
        await server.logged(/out: goes to/);
        const played = await runProgram("ffmpeg", [
          ...["-v", "error", "-i", `${ours}/back`, "-t", "4", "-c", "copy", `${folder}/back.flv`],
        ], 120);
        assert.equal(played.code, 0, played.err);
        assert.match(server.log(), /back: comes from/);
        const { out } = await runProgram("ffprobe", [
          ...[
            "-v",
            "error",
            "-count_packets",
            "-show_entries",
            "stream=codec_name,nb_read_packets",
          ],
          ...["-of", "csv=p=0", `${folder}/back.flv`],
        ]);
        const counts = new Map(
          out.trim().split("\n").map((line) => line.split(",") as [string, string]),
        );
        assert.ok(Number(counts.get("h264")) >= 75, out);
        assert.ok(Number(counts.get("aac")) >= 120, out);
      } finally {
        assert.equal(await server.stop(), 0);
        await publishing;
      }
      assert.doesNotMatch(server.log(), / (ERROR|CRITIC) /);
    })
  ));
