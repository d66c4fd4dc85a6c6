/**
 * Lines of each room that the unit tests run: `deno task coverage`. Fails when a room is below the
 * bound, and lists its files with the most lines that nothing runs.
 */
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

/** Percent of the lines of each room that tests have to run. */
const BOUND = 90;
/** Files that are listed for a room below it. */
const LISTED = 5;

interface Lines {
  found: number;
  hit: number;
}

/**
 * Runs this Deno.
 * @param isCaptured its standard output is returned; otherwise it is shown as it comes
 */
async function deno(
  args: readonly string[],
  isCaptured = false,
): Promise<{ text: string; success: boolean }> {
  const output = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: root,
    stdout: isCaptured ? "piped" : "inherit",
    stderr: "inherit",
  }).output();
  return {
    text: isCaptured ? new TextDecoder().decode(output.stdout) : "",
    success: output.success,
  };
}

/** Lines by source file, of a report in the format of lcov. */
function linesByFile(report: string): Map<string, Lines> {
  const files = new Map<string, Lines>();
  for (const record of report.split("end_of_record")) {
    const file = /^SF:(.+)$/m.exec(record)?.[1]?.slice(root.length);
    const number = (name: string) => Number(new RegExp(`^${name}:(\\d+)$`, "m").exec(record)?.[1]);
    if (file?.startsWith("src/")) files.set(file, { found: number("LF"), hit: number("LH") });
  }
  return files;
}

/** `src/hub`, `src/protocols/rtmp`: the room of a file. */
function roomOf(file: string): string {
  const [src, room, protocol] = file.split("/");
  return room === "protocols" ? `${src}/${room}/${protocol}` : `${src}/${room}`;
}

function percent({ found, hit }: Lines): number {
  return found === 0 ? 100 : hit / found * 100;
}

const folder = await Deno.makeTempDir();
try {
  const tests = [
    "--allow-all",
    "--parallel",
    "--quiet",
    "--ignore=tests/e2e,tests/hostile,tests/fuzz",
  ];
  const coverage = [`--coverage=${folder}`, "--coverage-raw-data-only"];
  // The figures are worth having also when a test fails.
  const run = await deno(["test", ...tests, ...coverage, "tests"]);
  const report = await deno(["coverage", "--lcov", folder], true);
  if (!report.success) throw new Error("deno coverage failed");
  const files = linesByFile(report.text);
  const rooms = new Map<string, Lines>();
  for (const [file, { found, hit }] of files) {
    const room = rooms.get(roomOf(file)) ?? { found: 0, hit: 0 };
    rooms.set(roomOf(file), { found: room.found + found, hit: room.hit + hit });
  }
  let low = 0;
  for (const [room, lines] of [...rooms].sort()) {
    console.log(`${room.padEnd(26)} ${percent(lines).toFixed(1).padStart(5)} % of ${lines.found}`);
    if (percent(lines) >= BOUND) continue;
    low++;
    const missed = [...files].filter(([file]) => roomOf(file) === room)
      .sort(([, a], [, b]) => (b.found - b.hit) - (a.found - a.hit)).slice(0, LISTED);
    for (const [file, { found, hit }] of missed) console.log(`  ${found - hit} missed in ${file}`);
  }
  if (low > 0) console.error(`${low} rooms below ${BOUND} %`);
  if (!run.success) console.error("tests failed: the figures lack what they would have run");
  Deno.exitCode = low > 0 || !run.success ? 1 : 0;
} finally {
  await Deno.remove(folder, { recursive: true });
}
