import { fileURLToPath, pathToFileURL } from "node:url";
import type { Import, SourceFile } from "./rules.ts";

export const fromFileUrl = (url: URL): string => fileURLToPath(url);

interface Info {
  modules: { specifier: string; error?: string; dependencies?: Dependency[] }[];
}
interface Dependency {
  specifier: string;
  code?: { specifier?: string };
  type?: { specifier?: string };
}

/** `main.ts` and every TypeScript file below `src/`, with their imports from `deno info`. */
export async function sourceFiles(root: string): Promise<SourceFile[]> {
  const paths = ["main.ts", ...await typescriptBelow(root, "src")];
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    const all = paths.map((path) => `import ${JSON.stringify(pathToFileURL(root + path).href)};\n`);
    await Deno.writeTextFile(entry, all.join(""));
    const info = await denoInfo(root, entry);
    const base = pathToFileURL(root).href;
    const imports = new Map(
      info.modules.map((module) => [module.specifier, importsOf(module, base)]),
    );
    return await Promise.all(paths.map(async (path) => ({
      path,
      text: await Deno.readTextFile(root + path),
      imports: imports.get(base + path) ?? [],
    })));
  } finally {
    await Deno.remove(entry);
  }
}

async function denoInfo(root: string, entry: string): Promise<Info> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--config", `${root}deno.json`, entry],
    stderr: "inherit",
  });
  const { success, stdout } = await command.output();
  if (!success) throw new Error("deno info failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

function importsOf(module: Info["modules"][number], base: string): Import[] {
  return (module.dependencies ?? []).map(({ specifier, code, type }) => {
    const target = code?.specifier ?? type?.specifier ?? specifier;
    return {
      to: target.startsWith(base) ? target.slice(base.length) : target,
      typeOnly: code === undefined,
    };
  });
}

async function typescriptBelow(root: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(root + folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await typescriptBelow(root, path));
    else if (path.endsWith(".ts")) found.push(path);
  }
  return found.sort();
}
