import { requireProgram, type RunningProgram } from "./server.ts";

/** Arguments of ffmpeg for what every browser plays, and for what Flash played before it. */
export const CODECS = {
  h264: [
    ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency"],
    ...["-pix_fmt", "yuv420p", "-c:a", "aac"],
  ],
  sorenson: ["-c:v", "flv", "-c:a", "libmp3lame"],
} as const;

export interface CameraOptions {
  readonly codecs?: keyof typeof CODECS;
  /** Seconds that the stream's clock is ahead, as when it had begun so long ago. */
  readonly age?: number;
  /** What it has; default both. */
  readonly only?: "picture" | "sound";
  /** Seconds between two key frames; default 1. */
  readonly keyInterval?: number;
  /** The picture is noise, of some 20 Mbit/s. */
  readonly isNoise?: boolean;
}

/**
 * Publishes a picture of 320 x 180 and a tone in real time, until the result is called.
 * @param stream application and name, as in `live/film`
 */
export async function publishCamera(
  server: RunningProgram,
  stream: string,
  { codecs = "h264", age = 0, only, isNoise, keyInterval = 1 }: CameraOptions = {},
): Promise<() => Promise<void>> {
  await requireProgram("ffmpeg");
  const noise = isNoise ? ",noise=alls=100:allf=t+u" : "";
  const picture = `testsrc=size=320x180:rate=25${noise}`;
  const child = new Deno.Command("ffmpeg", {
    args: [
      ...["-hide_banner", "-loglevel", "error"],
      ...["-f", "lavfi", "-re", "-i", picture],
      ...["-f", "lavfi", "-re", "-i", "sine=frequency=440:sample_rate=44100"],
      ...(only === "picture" ? ["-map", "0:v"] : only === "sound" ? ["-map", "1:a"] : []),
      ...[
        ...CODECS[codecs],
        ...(isNoise ? ["-qp", "1"] : []),
        "-g",
        String(keyInterval * 25),
        "-output_ts_offset",
        String(age),
        "-t",
        "120",
      ],
      ...["-f", "flv", `rtmp://127.0.0.1:${server.rtmp}/${stream}`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stop = async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It was stopped by the server.
    }
    await child.status;
  };
  try {
    const name = stream.slice(stream.indexOf("/") + 1);
    await server.logged(new RegExp(`publishes ${name}$`, "m"));
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
