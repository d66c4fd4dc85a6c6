import { deepEqual, equal, ok } from "node:assert/strict";
import { flvOf } from "./film_bytes.ts";
import { brief, Theatre } from "./theatre.ts";

/** Of another quality: larger frames, and a key frame every two seconds. */
const BETTER = { size: 12, keys: 2000 };

function stage(seconds = 20): Theatre {
  const theatre = new Theatre(seconds);
  theatre.storage.put("/rec/live/better.flv", flvOf(seconds, BETTER.size, BETTER.keys));
  return theatre;
}

/** Pictures that came since the last call: `size@time`. */
const pictures = ({ peer }: Theatre) =>
  peer.takeMedia().filter(([, { kind, role }]) => kind === "video" && role !== "config")
    .map(([, { payload, time }]) => `${payload.length}@${time}`);

Deno.test("play2 goes on with a file of another quality at its next key frame", async () => {
  const theatre = stage();
  await theatre.command("play", "film");
  await theatre.pass(1300);
  const before = pictures(theatre);
  equal(before.at(-1), "6@2250");
  const answer = await theatre.command("play2", {
    ...{ streamName: "better", oldStreamName: "film", transition: "switch" },
    ...{ start: 0, len: -1, offset: -1 },
  });
  deepEqual(brief(answer), ["NetStream.Play.Transition"]);
  await theatre.pass(2000);
  deepEqual(pictures(theatre), [
    ...["6@2500", "6@2750", "6@3000", "6@3250", "6@3500", "6@3750"],
    ...["12@4000", "12@4250"],
  ]);
  deepEqual(brief(theatre.peer.take()), ["NetStream.Play.TransitionComplete"]);
  await theatre.pass(60_000);
  deepEqual(pictures(theatre).slice(-1), ["12@19750"]);
  deepEqual(brief(theatre.peer.take()), [
    ...["NetStream.Play.Complete", "control 1", "NetStream.Play.Stop"],
  ]);
  await theatre.command("closeStream");
  equal(theatre.storage.open_, 0);
  await theatre.end();
});

Deno.test("sound is neither lost nor doubled where files are switched", async () => {
  const theatre = stage();
  // Not as far ahead as a key frame is.
  theatre.peer.connection.setBufferTime(theatre.id, 1130);
  await theatre.command("play", "film");
  await theatre.pass(1300);
  await theatre.command("play2", { streamName: "better" });
  await theatre.pass(5000);
  const media = theatre.peer.takeMedia().map(([, message]) => message);
  const sound = media.filter(({ kind, role }) => kind === "audio" && role !== "config")
    .map(({ time }) => time);
  deepEqual(sound, [...sound.keys()].map((n) => 10 + 500 * n));
  ok(sound.length > 10);
  // The headers of the other file have the time of the picture behind them.
  const at = media.findIndex(({ payload }) => payload.length === BETTER.size);
  deepEqual(media.slice(at - 2, at + 1).map(({ kind, role, time }) => [kind, role, time]), [
    ...[["video", "config", 4000], ["audio", "config", 4000], ["video", "key", 4000]],
  ]);
  await theatre.end();
});

Deno.test("a file is not switched before the time that play2 says", async () => {
  const theatre = stage();
  await theatre.command("play", "film");
  await theatre.command("play2", { streamName: "better", offset: 7.1 });
  await theatre.pass(10_000);
  const better = pictures(theatre).filter((each) => each.startsWith("12@"));
  equal(better[0], "12@8000");
  await theatre.end();
});

Deno.test("a seek takes a switch that is under way along", async () => {
  const theatre = stage();
  await theatre.command("play", "film");
  await theatre.command("play2", { streamName: "better" });
  await theatre.command("seek", 11_000);
  await theatre.pass(6000);
  const seen = pictures(theatre);
  // What was sent at once after the seek is of the old file.
  deepEqual(seen.slice(seen.indexOf("6@11000")).filter((each) => each.endsWith("000")), [
    ...["6@11000", "6@12000", "6@13000", "12@14000", "12@15000", "12@16000", "12@17000"],
  ]);
  await theatre.end();
});

Deno.test("the buffer is as full after a switch as before", async () => {
  const theatre = stage(40);
  theatre.peer.connection.setBufferTime(theatre.id, 5000);
  await theatre.command("play", "film");
  await theatre.pass(2000);
  equal(theatre.newest(), 7000);
  await theatre.command("play2", { streamName: "better" });
  await theatre.pass(3000);
  equal(pictures(theatre).at(-1), "12@10000");
  await theatre.end();
});

for (const end of ["closeStream", "play", "play2", "seek and closeStream"]) {
  Deno.test(`a switch of files that ${end} overtakes leaves no file open`, async () => {
    const theatre = stage();
    await theatre.command("play", "film");
    await theatre.command("play2", { streamName: "better", offset: 10 });
    if (end === "play") await theatre.command("play", "short");
    if (end === "play2") {
      await theatre.command("play2", { streamName: "short", transition: "swap" });
    }
    if (end.startsWith("seek")) await theatre.command("seek", 3000);
    if (end.endsWith("Stream")) await theatre.command("closeStream");
    await theatre.pass(300);
    equal(theatre.storage.open_, end.endsWith("Stream") ? 0 : 1);
    await theatre.command("closeStream");
    await theatre.pass(300);
    equal(theatre.storage.open_, 0);
    await theatre.end();
  });
}

Deno.test("a file in which no key frame follows is not switched to", async () => {
  const theatre = stage(5);
  await theatre.command("play", "film");
  await theatre.pass(2000);
  deepEqual(brief(await theatre.command("play2", { streamName: "short" })), [
    "NetStream.Play.Transition",
  ]);
  await theatre.pass(4000);
  deepEqual(pictures(theatre).slice(-1), ["6@4750"]);
  deepEqual(brief(theatre.peer.take()).slice(0, 1), ["NetStream.Play.Complete"]);
  equal(theatre.storage.open_, 1);
  await theatre.end();
});

Deno.test("swap takes the place of what plays at once, and leaves what follows", async () => {
  const theatre = stage(3);
  await theatre.command("play", "film");
  await theatre.command("play2", { streamName: "short", transition: "append" });
  await theatre.pass(500);
  pictures(theatre);
  const answer = await theatre.command("play2", { streamName: "better", transition: "swap" });
  deepEqual(brief(answer), [
    ...["NetStream.Play.Transition", "control 4", "control 0", "NetStream.Play.Start"],
    ...["|RtmpSampleAccess", "NetStream.Data.Start", "NetStream.Play.TransitionComplete"],
  ]);
  equal(pictures(theatre)[0], "12@0");
  await theatre.pass(4000);
  deepEqual(pictures(theatre).slice(-1), ["6@750"]);
  equal(brief(theatre.peer.take()).filter((code) => code.endsWith("Switch")).length, 1);
  await theatre.end();
});

Deno.test("a stream that is to follow is exchanged by its name", async () => {
  const theatre = stage(2);
  await theatre.command("play", "film");
  await theatre.command("play", "short", 0, -1, false);
  await theatre.command("play2", { streamName: "better", oldStreamName: "short" });
  await theatre.pass(3000);
  const seen = pictures(theatre);
  deepEqual([seen.includes("12@0"), seen.at(-1)], [true, "12@1750"]);
  await theatre.end();
});

Deno.test("appendAndWait collects a playlist that append begins", async () => {
  const theatre = stage(2);
  deepEqual(
    await theatre.command("play2", { streamName: "short", transition: "appendAndWait" }),
    [],
  );
  await theatre.pass(500);
  deepEqual(pictures(theatre), []);
  await theatre.command("play2", { streamName: "better", transition: "append" });
  await theatre.pass(3000);
  const seen = pictures(theatre);
  deepEqual([seen[0], seen.at(-1)], ["6@0", "12@1750"]);
  deepEqual(brief(theatre.peer.take()).slice(-1), ["NetStream.Play.Stop"]);
  await theatre.command("play2", { streamName: "short", transition: "append" });
  await theatre.pass(500);
  deepEqual(pictures(theatre), ["6@0", "6@250", "6@500", "6@750"]);
  await theatre.end();
});

Deno.test("resume begins where another connection had got to", async () => {
  const theatre = stage();
  await theatre.command("play2", { streamName: "film", transition: "resume", offset: 5.3 });
  equal(pictures(theatre)[0], "6@5000");
  await theatre.end();
});

Deno.test("play2 goes from a file to what is live, and back", async () => {
  const theatre = stage();
  const publication = theatre.publish("camera", "live", theatre.client(""));
  await theatre.command("play", "film");
  const answer = await theatre.command("play2", { streamName: "camera", transition: "swap" });
  deepEqual(brief(answer), [
    ...["NetStream.Play.Transition", "control 0", "NetStream.Play.Start", "|RtmpSampleAccess"],
    "NetStream.Play.TransitionComplete",
  ]);
  equal(publication.listeners.size, 1);
  equal(theatre.storage.open_, 0);
  await theatre.command("play2", { streamName: "film", transition: "swap", start: 0 });
  equal(publication.listeners.size, 0);
  equal(pictures(theatre)[0], "6@0");
  await theatre.end();
});

Deno.test("from one live stream to another nobody asks for a file of that name", async () => {
  const theatre = stage();
  const live = ["camera", "film"].map((name) => theatre.publish(name, "live", theatre.client("")));
  await theatre.command("play", "camera");
  // As Flash Player says it of a switch, whose start has no meaning.
  await theatre.command("play2", { streamName: "film", start: 0, len: -1, offset: -1 });
  deepEqual(live.map(({ listeners }) => listeners.size), [1, 1]);
  equal(theatre.storage.open_, 0);
  await theatre.end();
});

Deno.test("a switch where a playlist waits begins with what it names", async () => {
  const theatre = stage(2);
  const publication = theatre.publish("camera", "live", theatre.client(""));
  await theatre.command("play2", { streamName: "short", transition: "appendAndWait" });
  deepEqual(brief(await theatre.command("play2", { streamName: "camera" })), [
    ...["control 0", "NetStream.Play.Reset", "NetStream.Play.Start", "|RtmpSampleAccess"],
  ]);
  equal(publication.listeners.size, 1);
  await theatre.end();
});
