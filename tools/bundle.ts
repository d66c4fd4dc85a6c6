/**
 * Makes `dist/monaserver`, one executable of this very Deno, the bundled program, `www/` and the
 * ini: a shell script with an archive behind it. Needs nothing but the npm packages. With --readable
 * stack traces have the names and lines of the source: 5 MB more, since the runtime keeps the text twice.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { asciiScript } from "./ascii_script.ts";
import { laterImports } from "./later_imports.ts";
import { POWER_THREAD, programFlags, version } from "./program_flags.ts";
import { type Entry, joined, tar } from "./tar.ts";
import { wwwFiles } from "./www_files.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const dist = join(root, "dist");
const minify = Deno.args.includes("--readable") ? [] : ["--minify"];

/** A program as `name`.js, with what it imports only when it is wanted in files beside it. */
async function bundled(source: string): Promise<Entry[]> {
  const folder = await Deno.makeTempDir({ dir: dist });
  try {
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--quiet", "--code-splitting", ...minify, "--outdir", folder, source],
      cwd: root,
      stdout: "inherit",
      stderr: "inherit",
    }).output();
    if (code !== 0) throw new Error("deno bundle failed");
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    return await Promise.all(names.map(async (path) => {
      const text = laterImports(asciiScript(await Deno.readTextFile(join(folder, path))), names);
      return { path, bytes: new TextEncoder().encode(text), executable: false };
    }));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function entry(path: string, file: string, executable = false): Promise<Entry> {
  return { path, bytes: await Deno.readFile(file), executable };
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

await Deno.mkdir(dist, { recursive: true });
// The other one is a module that a thread starts with: power_worker.ts looks for it beside the program.
const scripts = [...await bundled("main.ts"), ...await bundled(POWER_THREAD)];
const archive = await gzip(tar([
  await entry("deno", Deno.execPath(), true),
  await entry("MonaServer.ini", join(root, "MonaServer.ini")),
  ...await Promise.all((await wwwFiles(root)).map((path) => entry(path, join(root, path)))),
  ...scripts,
]));

const script = (await Deno.readTextFile(new URL("start.sh", import.meta.url)))
  .replace("@VERSION@", version)
  .replace("@ID@", `${version}-${createHash("sha256").update(archive).digest("hex").slice(0, 16)}`)
  .replace("@SCRIPTS@", scripts.map(({ path }) => path).join(" "))
  .replace("@FLAGS@", programFlags().join(" "));
const start = script.replace("@LINES@", String(script.split("\n").length));

const file = join(dist, "monaserver");
await Deno.writeFile(`${file}.part`, joined([new TextEncoder().encode(start), archive]));
await Deno.chmod(`${file}.part`, 0o755);
await Deno.rename(`${file}.part`, file);
const { size } = await Deno.stat(file);
console.log(`dist/monaserver: ${version} for ${Deno.build.target}, ${Math.round(size / 1e6)} MB`);
