import { join } from "node:path";

/**
 * Files of the default `www/` that belong to the program, as paths from the root of the repository:
 * those that Git tracks. What else lies there, such as an application under trial, is of this machine
 * only. In a copy without its history all files count.
 */
export async function wwwFiles(root: string): Promise<string[]> {
  const files = await trackedFiles(root) ?? await filesBelow(root, "www");
  return files.sort();
}

async function trackedFiles(root: string): Promise<string[] | undefined> {
  try {
    const { code, stdout } = await new Deno.Command("git", {
      args: ["ls-files", "-z", "--", "www"],
      cwd: root,
      stderr: "null",
    }).output();
    const files = new TextDecoder().decode(stdout).split("\0").filter((path) => path !== "");
    return code === 0 && files.length > 0 ? files : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function filesBelow(root: string, folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    const path = `${folder}/${name}`;
    if (isDirectory) files.push(...await filesBelow(root, path));
    else files.push(path);
  }
  return files;
}
