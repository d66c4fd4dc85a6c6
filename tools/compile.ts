/**
 * Makes `dist/monaserver-<target>` for each target by `deno compile`, with `www/` and the ini in
 * it: `deno task compile [--native] [target...]`; with --native they may call the system's libraries
 * (`server.native`). Deno downloads its runtime for each; `DENORT_BIN` points at
 * one that is here already, and then makes one target only.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { POWER_THREAD, programFlags } from "./program_flags.ts";
import { wwwFiles } from "./www_files.ts";

const targets = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-pc-windows-msvc",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
];
const root = fileURLToPath(new URL("../", import.meta.url));
const included = [...await wwwFiles(root), "MonaServer.ini", POWER_THREAD];
const runtime = Deno.env.get("DENORT_BIN");

async function compile(target: string): Promise<boolean> {
  const output = join("dist", `monaserver-${target}`);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "compile",
        "--quiet",
        "--no-prompt",
        "--exclude-unused-npm",
        "--target",
        target,
        "--output",
        output,
      ],
      ...included.flatMap((path) => ["--include", path]),
      ...[...programFlags(native ? "native" : "default"), "main.ts"],
    ],
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "inherit",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stderr).trim();
  if (code === 0) {
    console.log(`${output}${target.includes("windows") ? ".exe" : ""}`);
    return true;
  }
  const download = /https:\S+denort-[\w.-]+\w/.exec(said)?.[0];
  if (download) {
    console.error(
      `${target}: Deno's own runtime cannot be downloaded from here (${download}). Point ` +
        "DENORT_BIN at a copy of it, or use `deno task bundle`, which needs none.",
    );
  } else console.error(`${target}: ${said}`);
  return false;
}

const native = Deno.args.includes("--native");
const named = Deno.args.filter((word) => word !== "--native");
const unknown = named.filter((target) => !targets.includes(target));
if (unknown.length > 0) {
  console.error(`no such target: ${unknown.join(", ")}; there are ${targets.join(", ")}`);
  Deno.exit(1);
}
const own = runtime ? [Deno.build.target] : targets;
const wanted = named.length > 0 ? named : own;
if (runtime && wanted.length > 1) {
  console.error(`DENORT_BIN is one runtime: name one target, not ${wanted.join(", ")}`);
  Deno.exit(1);
}
let failed = 0;
for (const target of wanted) if (!await compile(target)) failed++;
if (failed > 0) console.error(`${failed} of ${wanted.length} targets failed`);
Deno.exit(failed > 0 ? 1 : 0);
