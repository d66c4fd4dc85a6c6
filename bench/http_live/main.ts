/**
 * One stream to many players over HTTP: what a server spends per GB and per request, as FLV,
 * MPEG-TS and HLS with low latency, beside nginx that serves the same stream's segments as files.
 *
 *     deno task bench:live [--players 50] [--seconds 10] [--only flv|ts|parts|nginx]
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freePort, listening } from "../ports.ts";
import { cpuSeconds, family } from "../process_stats.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    players: { type: "string", default: "50" },
    seconds: { type: "string", default: "10" },
    only: { type: "string", default: "" },
  },
});
const ROOT = new URL("../..", import.meta.url).pathname;
/** Bytes of what a player gets for each part: its playlist, and 280 ms of 2.6 Mbit/s. */
const LIST_SIZE = 2_200;
const PART_SIZE = 93_000;
const folder = await Deno.makeTempDir();
const [rtmp, http, files] = [freePort(), freePort(), freePort()];
await Deno.mkdir(join(folder, "www", "live"), { recursive: true });
await Deno.mkdir(join(folder, "segments"));
await Deno.chmod(folder, 0o755);

const children: Deno.ChildProcess[] = [];
const start = (command: string, args: readonly string[]): Deno.ChildProcess => {
  const options = { stdin: "null", stdout: "null", stderr: "inherit" } as const;
  const child = new Deno.Command(command, { args: [...args], cwd: ROOT, ...options }).spawn();
  children.push(child);
  return child;
};

const ours = start(Deno.execPath(), [
  ...["run", "--quiet", "-P", "main.ts", "--www", join(folder, "www"), "--log-level", "WARN"],
  ...["--port-rtmp", `${rtmp}`, "--port-http", `${http}`, "--port-rtmfp", "0"],
  ...["--set", "bind=127.0.0.1", "--set", "HTTP.maxConnections=0", "--set", "hls.maxSessions=0"],
]);
await listening(rtmp);
const film = join(folder, "film.flv");
await new Deno.Command("ffmpeg", {
  args: [
    ...[
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=640x360:rate=25",
      "-f",
      "lavfi",
      "-i",
      "sine",
    ],
    ...["-t", "20", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-b:v", "2500k"],
    ...[
      "-minrate",
      "2500k",
      "-maxrate",
      "2500k",
      "-bufsize",
      "2500k",
      "-x264-params",
      "nal-hrd=cbr",
    ],
    ...["-c:a", "aac", "-b:a", "128k", film],
  ],
}).output();
start("ffmpeg", [
  ...["-v", "error", "-re", "-stream_loop", "-1", "-i", film, "-c", "copy"],
  ...["-f", "flv", `rtmp://127.0.0.1:${rtmp}/live/film`],
]);
start("ffmpeg", [
  ...["-v", "error", "-re", "-stream_loop", "-1", "-i", film, "-c", "copy", "-f", "hls"],
  ...["-hls_time", "2", "-hls_segment_type", "fmp4", "-hls_flags", "delete_segments"],
  join(folder, "segments", "film.m3u8"),
]);
await Deno.writeFile(join(folder, "segments", "list.m3u8"), new Uint8Array(LIST_SIZE));
await Deno.writeFile(join(folder, "segments", "part.m4s"), new Uint8Array(PART_SIZE));
const config = join(folder, "nginx.conf");
await Deno.writeTextFile(
  config,
  `daemon off; pid ${folder}/nginx.pid; error_log stderr; worker_processes 1;
events { worker_connections 4096; }
http { access_log off; sendfile on; keepalive_requests 1000000;
  server { listen 127.0.0.1:${files}; root ${folder}/segments; } }`,
);
const nginx = start("nginx", ["-c", config, "-p", folder]);
await listening(files);
await new Promise((resume) => setTimeout(resume, 6000));

const base = `http://127.0.0.1:${http}/live/film`;
const cases = [
  { name: "flv", kind: "stream", url: `${base}.flv`, pids: () => [ours.pid] },
  { name: "ts", kind: "stream", url: `${base}.ts`, pids: () => [ours.pid] },
  { name: "parts", kind: "parts", url: `${base}.m3u8`, pids: () => [ours.pid] },
  {
    name: "nginx, parts",
    kind: "paced",
    url: `http://127.0.0.1:${files}/list.m3u8`,
    pids: () => family(nginx.pid),
  },
  {
    name: "nginx, segments",
    kind: "files",
    url: `http://127.0.0.1:${files}/film.m3u8`,
    pids: () => family(nginx.pid),
  },
].filter(({ name }) => values.only === "" || values.only.split(",").includes(name.split(",")[0]!));

const rows = [];
for (const { name, kind, url, pids } of cases) {
  const players = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      "bench/http_live/players.ts",
      kind,
      url,
      values.players,
      values.seconds,
    ],
    cwd: ROOT,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = players.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await output.read();
  const before = cpuSeconds(...pids());
  const { value = "{}" } = await output.read();
  const cpu = cpuSeconds(...pids()) - before;
  const seen = JSON.parse(value) as { requests: number; bytes: number; failed: number };
  rows.push({
    as: name,
    players: Number(values.players),
    "CPU-s/GB": (cpu / (seen.bytes / 1e9)).toFixed(2),
    "requests/s": Math.round(seen.requests / Number(values.seconds)),
    "CPU us/request": seen.requests === 0 ? "" : Math.round(cpu * 1e6 / seen.requests),
    "Mbit/s": Math.round(seen.bytes * 8 / 1e6 / Number(values.seconds)),
    "CPU %": Math.round(cpu * 100 / Number(values.seconds)),
    failed: seen.failed,
  });
  await players.status;
}
console.table(rows);
for (const child of children) child.kill("SIGTERM");
await Promise.all(children.map(({ status }) => status));
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
