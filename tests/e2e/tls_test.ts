import { equal, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { freePort, requireProgram, runProgram, runServer } from "./server.ts";

const vector = (name: string) =>
  fileURLToPath(new URL(`../vectors/tls/${name}.pem`, import.meta.url));

for (const isNative of [false, true]) {
  Deno.test(`curl and a silent peer at HTTPS, ${isNative ? "by the native path" : "plain"}`, async () => {
    await requireProgram("curl");
    const port = freePort();
    const server = await runServer({
      isNative,
      set: [
        `HTTPS.port=${port}`,
        `HTTPS.certificate=${vector("signed.cert")}`,
        `HTTPS.key=${vector("signed.key")}`,
        "HTTP.timeout=2",
      ],
      args: ["--log-level", "INFO"],
    });
    try {
      const way = isNative ? /TLS: by native calls/ : /TLS: without native calls/;
      await server.logged(way);
      const { code, out } = await runProgram("curl", [
        // node:tls listens a moment after the others.
        ...["--retry", "9", "--retry-delay", "1", "--retry-connrefused"],
        ...["--silent", "--show-error", "--cacert", vector("authority.cert")],
        ...["--resolve", `localhost:${port}:127.0.0.1`, `https://localhost:${port}/`],
      ]);
      equal(code, 0);
      ok(out.includes("<html"), out);
      const silent = await Deno.connect({ hostname: "127.0.0.1", port });
      // Cut after the timeout, for its own side too.
      equal(await silent.read(new Uint8Array(1)).catch(() => null), null);
      silent.close();
    } finally {
      equal(await server.stop(), 0);
    }
  });
}
