import { deepEqual } from "node:assert/strict";
import { wwwFiles } from "../../tools/www_files.ts";

async function folderWith(...paths: string[]): Promise<string> {
  const root = await Deno.makeTempDir();
  for (const path of paths) {
    await Deno.mkdir(`${root}/${path.replace(/\/[^/]*$/, "")}`, { recursive: true });
    await Deno.writeTextFile(`${root}/${path}`, "x");
  }
  return root;
}

async function git(root: string, ...args: string[]): Promise<void> {
  await new Deno.Command("git", { args, cwd: root, stdout: "null", stderr: "null" }).output();
}

Deno.test("what the repository does not track is not packed", async () => {
  const root = await folderWith("www/index.html", "www/chat/main.lua", "www/trial/main.lua");
  try {
    await git(root, "init");
    await git(root, "add", "www/index.html", "www/chat/main.lua");
    deepEqual(await wwwFiles(root), ["www/chat/main.lua", "www/index.html"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("a copy without history is packed as it is", async () => {
  const root = await folderWith("www/index.html", "www/a/b.txt");
  try {
    deepEqual(await wwwFiles(root), ["www/a/b.txt", "www/index.html"]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});
