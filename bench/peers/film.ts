/** A film in FLV at a path: 2.6 Mbit/s of H.264 at 25 frames a second, and AAC. */
export async function makeFilm(file: string): Promise<void> {
  const { success } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-y"],
      ...["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25", "-f", "lavfi", "-i", "sine"],
      ...["-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50"],
      ...["-b:v", "2500k", "-minrate", "2500k", "-maxrate", "2500k", "-bufsize", "500k"],
      ...["-c:a", "aac", "-b:a", "96k", "-ar", "44100", file],
    ],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("ffmpeg made no film");
}

/** Publishes it as `live/bench`, again and again. */
export function publishFilm(file: string, rtmp: number): Deno.ChildProcess {
  return new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-re", "-stream_loop", "-1", "-i", file, "-c", "copy"],
      ...["-f", "flv", `rtmp://127.0.0.1:${rtmp}/live/bench`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
}
