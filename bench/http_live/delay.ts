/**
 * From glass to glass: how late a picture is on the screen of Chromium by FLV, LL-HLS and the
 * browser's own HLS, side by side in one page. The time of day stands in each picture, as bars.
 *
 *     deno task bench:delay [--seconds 20] [--group 50]
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium, type Frame } from "playwright-core";
import { freePort, listening } from "../ports.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    seconds: { type: "string", default: "20" },
    group: { type: "string", default: "50" },
  },
});
const ROOT = new URL("../..", import.meta.url).pathname;
const WAYS = ["FLV", "LL-HLS", "HLS"];
const [WIDTH, HEIGHT, RATE] = [320, 180, 25];
/** Bars of a picture: a number of milliseconds, modulo 2 ** BITS, the lowest bit first. */
const BITS = 20;
const BAR = WIDTH / BITS;
/** Milliseconds until all play evenly. */
const WARM_UP = 12_000;
const INTERVAL = 50;

const [rtmp, http] = [freePort(), freePort()];
const folder = await Deno.makeTempDir();
const server = new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "--quiet", "-P", "main.ts", "--log-level", "WARN", "--data", join(folder, "data")],
    ...["--port-rtmp", `${rtmp}`, "--port-http", `${http}`, "--port-rtmfp", "0"],
    ...["--set", "bind=127.0.0.1"],
  ],
  cwd: ROOT,
  stdin: "null",
  stdout: "null",
}).spawn();
await listening(http);
const camera = new Deno.Command("ffmpeg", {
  args: [
    ...["-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", `${WIDTH}x${HEIGHT}`],
    ...["-r", `${RATE}`, "-i", "-", "-re", "-f", "lavfi", "-i", "sine"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", values.group],
    ...["-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "flv", `rtmp://127.0.0.1:${rtmp}/live/clock`],
  ],
  stdin: "piped",
  stdout: "null",
}).spawn();
let isOver = false;
const filming = film(camera.stdin.getWriter());

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
});
const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
await page.goto(`http://127.0.0.1:${http}/`);
const frames = WAYS.map((way) =>
  `<iframe src="http://127.0.0.1:${http}/?way=${way}#clock" width="380" height="700"></iframe>`
);
await page.setContent(frames.join(""));
await new Promise((resume) => setTimeout(resume, WARM_UP));
const rows = await Promise.all(WAYS.map(async (way) => {
  const frame = page.frames().find((frame) => frame.url().includes(`?way=${way}#`));
  if (frame === undefined) throw new Error(`nothing plays by ${way}`);
  const delays = await measure(frame);
  const at = (part: number) => (delays[Math.floor((delays.length - 1) * part)]! / 1000).toFixed(2);
  return { way, "least (s)": at(0), "median (s)": at(0.5), "95 % (s)": at(0.95) };
}));
console.table(rows);
isOver = true;
await browser.close();
await filming;
for (const child of [camera, server]) child.kill("SIGTERM");
await Promise.all([camera.status, server.status]);
await Deno.remove(folder, { recursive: true });
Deno.exit(0);

/** Writes pictures of the time of day, each at its time. */
async function film(out: WritableStreamDefaultWriter<Uint8Array>): Promise<void> {
  const start = performance.now();
  for (let picture = 0; !isOver; picture++) {
    const early = start + picture * 1000 / RATE - performance.now();
    if (early > 0) await new Promise((resume) => setTimeout(resume, early));
    const now = Date.now() % 2 ** BITS;
    const line = new Uint8Array(WIDTH);
    for (let bit = 0; bit < BITS; bit++) {
      line.fill((now >> bit) & 1 ? 235 : 16, bit * BAR, (bit + 1) * BAR);
    }
    const pixels = new Uint8Array(WIDTH * HEIGHT);
    for (let row = 0; row < HEIGHT; row++) pixels.set(line, row * WIDTH);
    await out.write(pixels);
  }
  await out.close().catch(() => {});
}

/** Milliseconds that what a frame shows is late, in order of size. */
async function measure(frame: Frame): Promise<number[]> {
  const looks = Number(values.seconds) * 1000 / INTERVAL;
  // As text: the page's names are none of the runtime's.
  const delays = await frame.evaluate(`(async () => {
    const video = document.querySelector("video");
    const context = new OffscreenCanvas(${WIDTH}, 1).getContext("2d", { willReadFrequently: true });
    const delays = [];
    for (let look = 0; look < ${looks}; look++) {
      await new Promise((resume) => setTimeout(resume, ${INTERVAL}));
      context.drawImage(video, 0, video.videoHeight / 2, ${WIDTH}, 1, 0, 0, ${WIDTH}, 1);
      const now = Date.now();
      const { data } = context.getImageData(0, 0, ${WIDTH}, 1);
      let shown = 0;
      for (let bit = 0; bit < ${BITS}; bit++) {
        if (data[4 * Math.floor((bit + 0.5) * ${BAR})] > 128) shown += 2 ** bit;
      }
      delays.push((now % 2 ** ${BITS} - shown + 2 ** ${BITS}) % 2 ** ${BITS});
    }
    return delays;
  })()`) as number[];
  return delays.sort((a, b) => a - b);
}
