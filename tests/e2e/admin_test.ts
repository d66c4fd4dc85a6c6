import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, runProgram, runServer } from "./server.ts";

/** Asks until the answer matches, or for a while. */
async function until(ask: () => Promise<string>, wanted: RegExp): Promise<string> {
  const end = Date.now() + 30_000;
  for (;;) {
    const text = await ask();
    if (wanted.test(text) || Date.now() > end) return text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What `promtool check metrics` says of a text: nothing when it is as Prometheus wants it. */
async function judged(text: string): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout, stderr } = await child.output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Prometheus with one target, until `run` is over; `query` gives the JSON of an expression. */
async function withPrometheus(
  folder: string,
  target: number,
  token: string,
  run: (query: (expression: string) => Promise<string>) => Promise<void>,
): Promise<void> {
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/prometheus.yml`,
    `scrape_configs:
  - job_name: monaserver
    scrape_interval: 1s
    authorization:
      credentials_file: ${token}
    static_configs:
      - targets: ["127.0.0.1:${target}"]
`,
  );
  const child = new Deno.Command("prometheus", {
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/series`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await run(async (expression) => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
      try {
        return await (await fetch(url)).text();
      } catch {
        return "";
      }
    });
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

Deno.test("Prometheus reads the metrics of a server that streams, with the token of its data folder", () =>
  inTempFolder(async (folder) => {
    await requireProgram("promtool", "prometheus");
    await requireProgram("ffmpeg");
    await makeFilm(folder);
    const port = freePort();
    const server = await runServer({ data: `${folder}/data`, set: [`admin.port=${port}`] });
    const at = `http://127.0.0.1:${port}`;
    try {
      const file = `${folder}/data/admin.token`;
      const token = (await Deno.readTextFile(file)).trim();
      assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
      const ready = await (await fetch(`${at}/health/ready`)).json();
      assert.equal(ready.status, "ready", JSON.stringify(ready));
      const refused = await fetch(`${at}/metrics`);
      assert.equal(refused.status, 401);
      await refused.body?.cancel();

      const published = await runProgram("ffmpeg", [
        ...["-loglevel", "error", "-i", `${folder}/film.flv`, "-c", "copy"],
        ...["-f", "flv", `rtmp://127.0.0.1:${server.rtmp}/live/film`],
      ]);
      assert.equal(published.code, 0, published.err);
      const metrics = async () => {
        const headers = { authorization: `Bearer ${token}` };
        return await (await fetch(`${at}/metrics`, { headers })).text();
      };
      const text = await until(metrics, /^mona_clients\{protocol="rtmp"\} 0$/m);
      assert.match(text, /^mona_publishes_total\{source="rtmp"\} 1$/m);
      assert.match(text, /^mona_media_received_bytes_total\{source="rtmp",kind="video"\} [1-9]/m);
      assert.equal(await judged(text), "");
      // Every metric of the table that needs no cluster, relay, hook or rule is there.
      const table = await Deno.readTextFile(new URL("../../docs/metrics.md", import.meta.url));
      const known = [...table.matchAll(/^\| (`mona_.*?) +\|/gm)].flatMap(([, cell = ""]) =>
        [...cell.matchAll(/`(mona_\w+)/g)].map(([, name]) => name!)
      );
      const elsewhere = /^mona_(cluster_(broker|lost)|hook|wrong_keys|disconnects|refusals)/;
      const lost = known.filter((name) =>
        !elsewhere.test(name) && !new RegExp(`^# TYPE ${name} `, "m").test(text)
      );
      assert.deepEqual(lost, []);
      const rules = new URL("../../docs/alerts.yml", import.meta.url).pathname;
      const checked = await runProgram("promtool", ["check", "rules", rules]);
      assert.equal(checked.code, 0, checked.out + checked.err);
      // The judge does judge.
      assert.match(await judged("# TYPE mona_ms counter\nmona_ms 1\n"), /_total/);

      await withPrometheus(folder, port, file, async (query) => {
        const count = await until(() => query("mona_publishes_total"), /"source":"rtmp"/);
        assert.match(count, /"source":"rtmp"\},"value":\[[\d.]+,"1"\]/);
        assert.match(await query("up"), /"value":\[[\d.]+,"1"\]/);
      });
      assert.equal(server.log().includes(token), false);
    } finally {
      await server.stop();
    }
  }));
