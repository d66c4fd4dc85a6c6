import assert from "node:assert/strict";
import { connected, withMembers } from "./broker.ts";
import { requireProgram, type RunningProgram, runProgram } from "./server.ts";

/** Seconds of the film that is published. */
const LENGTH = 8;

/** Waits until a member has missed so many others, since it started. */
function gone(member: RunningProgram, times: number): Promise<void> {
  return member.logged(new RegExp(`(is gone: silent[\\s\\S]*){${times}}`));
}

/** How many times the log of a member has a pattern. */
function count(member: RunningProgram, pattern: RegExp): number {
  return member.log().match(new RegExp(pattern, "g"))?.length ?? 0;
}

/** One hash of the coded bytes of each stream of a file. */
async function hashes(file: string): Promise<string[]> {
  const args = ["-v", "error", "-i", file, "-c", "copy", "-f", "streamhash", "-"];
  const { out } = await runProgram("ffmpeg", args);
  return out.trim().split("\n").map((line) => line.replace(/^\d+,/, "")).sort();
}

Deno.test("a stream plays whole on two edges while the broker dies, and the cluster heals", () =>
  withMembers(3, async (broker, members, _start, folder) => {
    await requireProgram("ffmpeg");
    const film = await runProgram("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25"],
      ...["-f", "lavfi", "-i", "sine=frequency=440", "-t", String(LENGTH)],
      ...["-c:v", "libx264", "-g", "25", "-c:a", "aac", `${folder}/film.flv`],
    ]);
    assert.equal(film.code, 0, film.err);
    const [origin, ...edges] = members as [RunningProgram, ...RunningProgram[]];
    const url = (member: RunningProgram) => `rtmp://127.0.0.1:${member.rtmp}/live/film`;
    const players = edges.map((edge, index) =>
      runProgram("ffmpeg", [
        ...["-v", "error", "-i", url(edge), "-c", "copy", `${folder}/${index}.flv`],
      ])
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const publishing = runProgram("ffmpeg", [
      ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-c", "copy", "-f", "flv", url(origin)],
    ]);
    for (const edge of edges) await edge.logged(/film is fetched from/);
    await broker.kill();
    assert.equal((await publishing).code, 0);
    for (const player of players) assert.equal((await player).code, 0, (await player).err);
    const expected = await hashes(`${folder}/film.flv`);
    for (const index of edges.keys()) {
      assert.deepEqual(await hashes(`${folder}/${index}.flv`), expected);
    }
    for (const member of members) await gone(member, 2);
    broker.start();
    for (const member of members) await connected(member, 4);
    for (const member of members) {
      const lines = member.log().split("\n").filter((line) => / (WARN|ERROR) |s3|s4/.test(line));
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0]!, /is lost/);
    }
  }));

Deno.test("eight members lose each one that is killed -9 in turn, and find it again", () =>
  withMembers(8, async (_broker, members, start) => {
    for (const killed of members.keys()) {
      const others = members.filter((_, index) => index !== killed);
      const came = others.map((member) => count(member, /is connected, as/));
      const went = others.map((member) => count(member, /is gone: /));
      await members[killed]!.kill();
      await Promise.all(others.map((member, i) => gone(member, went[i]! + 1)));
      const back = members[killed] = await start();
      await Promise.all([
        connected(back, 7),
        ...others.map((member, i) => connected(member, came[i]! + 1)),
      ]);
      for (const [i, member] of others.entries()) {
        assert.equal(count(member, /is gone: /), went[i]! + 1, member.log());
        assert.equal(count(member, /is connected, as/), came[i]! + 1, member.log());
      }
    }
    for (const member of members) assert.doesNotMatch(member.log(), / (WARN|ERROR) |s3|s4/);
  }));
