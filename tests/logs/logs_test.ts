import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { levels } from "../../src/base/mod.ts";
import { hexDump, type LogOptions, silentLog, startLogs } from "../../src/logs/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";

const date = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} /;

/** Runs `body` with logs whose console is kept; gives the lines without their dates. */
async function logged(
  options: Partial<LogOptions>,
  body: (logs: Awaited<ReturnType<typeof startLogs>>) => void | Promise<void>,
): Promise<string[]> {
  let text = "";
  const logs = await startLogs({
    level: "INFO",
    dump: false,
    directory: undefined,
    name: "log",
    rotation: 10,
    maxSize: 1_000_000,
    secrets: [],
    console: { colour: false, write: (line) => text += line },
    ...options,
  });
  try {
    await body(logs);
  } finally {
    await logs.stop();
  }
  return text.split("\n").slice(0, -1).map((line) => line.replace(date, ""));
}

function eachLevel(log: Record<"fatal" | "critic" | "error", (text: string) => void>): void {
  const methods = log as unknown as Record<string, (text: string) => void>;
  for (const level of levels) methods[level.toLowerCase()]?.(`a ${level}`);
}

Deno.test("every level keeps its own name when it is written", async () => {
  const lines = await logged({ level: "TRACE" }, (logs) => eachLevel(logs.logger("rtmp")));
  deepEqual(lines, levels.map((level) => `${level.padEnd(6)} rtmp: a ${level}`));
});

for (const [at, level] of levels.entries()) {
  Deno.test(`level ${level} writes what is as grave, and nothing below`, async () => {
    const lines = await logged({ level }, (logs) => {
      const log = logs.logger("x");
      eachLevel(log);
      deepEqual(levels.filter((l) => log.isEnabled(l)), levels.slice(0, at + 1));
    });
    deepEqual(lines.map((line) => line.split(" ")[0]), levels.slice(0, at + 1));
  });
}

Deno.test("a child writes under its parent's name and its own", async () => {
  const lines = await logged({}, (logs) => {
    logs.logger("rtmp").child("127.0.0.1:5123").child("stream 1").note("published");
  });
  deepEqual(lines, ["NOTE   rtmp 127.0.0.1:5123 stream 1: published"]);
});

Deno.test("braces, line feeds and control characters of a message forge nothing", async () => {
  const lines = await logged({}, (logs) => {
    logs.logger("x").child("\x1b[2J").info("{a} \x00\x9b\u2028\r\n2026 FATAL forged\ttab");
  });
  deepEqual(lines, [
    "INFO   x \\u{1b}[2J: {a} \\u{0}\\u{9b}\\u{2028}",
    "    2026 FATAL forged\ttab",
  ]);
});

Deno.test("a terminal gets the level in colour", async () => {
  let text = "";
  const console = { colour: true, write: (line: string) => text += line };
  await logged({ console }, (logs) => logs.logger("x").error("bad"));
  equal(text.replace(date, ""), "\x1b[31mERROR\x1b[0m  x: bad\n");
});

Deno.test("bytes are dumped only when asked for, whatever the level", async () => {
  const bytes = new TextEncoder().encode("RTMP\x00\x01connect to me");
  const off = await logged({ level: "TRACE" }, (logs) => ok(!logs.logger("x").dumps));
  deepEqual(off, []);
  const on = await logged({ level: "FATAL", dump: true }, (logs) => {
    const log = logs.logger("x").child("y");
    if (log.dumps) log.dump("in", bytes);
  });
  deepEqual(on, [
    "TRACE  x y: in, 19 bytes",
    "    0000  52 54 4d 50 00 01 63 6f  6e 6e 65 63 74 20 74 6f  RTMP..connect to",
    "    0010  20 6d 65                                           me",
  ]);
});

Deno.test("a dump shows the first 4096 bytes and counts the rest", () => {
  const lines = hexDump(new Uint8Array(5000)).split("\n");
  equal(lines.length, 257);
  equal(lines.at(-1), "and 904 bytes more");
  equal(hexDump(new Uint8Array(0)), "");
});

Deno.test("files rotate at their size, as many as asked for are kept, and are whole after stop", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const directory = join(folder, "deep", "logs");
    for (let run = 1; run <= 5; run++) {
      await logged({ directory, rotation: 3, maxSize: 1000, name: "mona" }, (logs) => {
        logs.logger("x").info(`run ${run} ${"·".repeat(400)}`);
      });
    }
    const names = [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
    deepEqual(names, ["mona", "mona.1", "mona.2", "mona.notes"]);
    const runs = names.slice(0, 3).map((name) =>
      /run \d/.exec(Deno.readTextFileSync(join(directory, name)))
    );
    deepEqual(runs.map(String), ["run 5", "run 4", "run 3"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a folder that cannot be made is a warning on the console", async () => {
  const file = await Deno.makeTempFile();
  try {
    const lines = await logged({ directory: join(file, "logs") }, (logs) => {
      logs.logger("x").info("goes on");
    });
    match(lines[0] ?? "", /^WARN {3}logs: no log files: /);
    equal(lines[1], "INFO   x: goes on");
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("the silent log takes everything and says it is off", () => {
  eachLevel(silentLog);
  ok(levels.every((level) => !silentLog.isEnabled(level)));
  equal(silentLog.child("x").dumps, false);
});

Deno.test("the capturing log keeps lines by level and name", () => {
  const log = new CaptureLog("rtmp");
  log.child("a").warn("one");
  log.info("two");
  deepEqual(log.lines, ["WARN rtmp a: one", "INFO rtmp: two"]);
  deepEqual(log.at("WARN"), ["WARN rtmp a: one"]);
});

Deno.test({
  name: "a full disk is told once, and the console goes on",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const directory = await Deno.makeTempDir();
    await Deno.symlink("/dev/full", join(directory, "log"));
    const told = Promise.withResolvers<void>();
    const lines: string[] = [];
    const write = (line: string) => {
      lines.push(line.replace(date, ""));
      if (/No space left/.test(line)) told.resolve();
    };
    await logged({ directory, console: { colour: false, write } }, async (logs) => {
      logs.logger("x").note("first");
      await told.promise;
      logs.logger("x").note("second"); // Written by the end of the logs, and fails again.
    });
    await Deno.remove(directory, { recursive: true });
    deepEqual(lines.map((line) => line.slice(0, 18).trim()), [
      "NOTE   x: first",
      "WARN   meta: Non-b",
      "NOTE   x: second",
    ]);
  },
});

Deno.test("a long message is cut, with its length, and shows no secret at the cut", async () => {
  const lines = await logged({ secrets: ["CANARY"] }, (logs) => {
    logs.logger("script").error(`${"x".repeat(4_092)}CANARY${"y".repeat(1_000_000)}`);
  });
  deepEqual(lines, [`ERROR  script: ${"x".repeat(4_092)}***y… (1004098 characters)`]);
});

Deno.test("lines that a peer caused count as its own, under the name of the room", async () => {
  const lines = await logged({}, (logs) => {
    const log = logs.logger("script");
    for (let line = 0; line < 2_000; line++) {
      log.causedBy("192.0.2.1:5000").info("said by a script");
    }
    log.info("said for nobody");
  });
  ok(lines.length < 700, `${lines.length} lines`);
  equal(lines[0], "INFO   script: said by a script");
  ok(lines.includes("INFO   script: said for nobody"));
  match(lines.at(-1) ?? "", /script 192\.0\.2\.1: \d+ lines left out, the last of script 192/);
});

Deno.test("a flood of lines leaves the notes and warnings in a file of their own", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const lines = await logged({ directory, rotation: 2, maxSize: 1000 }, (logs) => {
      logs.logger("server").note("started");
      const log = logs.logger("rtmp").child("192.0.2.1:5000");
      for (let line = 0; line < 2_000; line++) log.info("plays a stream with a name");
      logs.logger("server").warn("not well");
    });
    match(lines.at(-1) ?? "", /^WARN {3}rtmp 192\.0\.2\.1: \d+ lines left out, the last of rtmp/);
    ok(lines.length < 500, `${lines.length} lines`);
    const notes = await Deno.readTextFile(join(directory, "log.notes"));
    deepEqual(notes.split("\n").slice(0, 2).map((line) => line.replace(date, "")), [
      "NOTE   server: started",
      "WARN   server: not well",
    ]);
    equal(notes.split("\n").length, 4);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
