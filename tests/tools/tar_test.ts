import { deepEqual, equal, throws } from "node:assert/strict";
import { tar } from "../../tools/tar.ts";

const bytes = new TextEncoder().encode("hello\n");

Deno.test("an archive is unpacked by the system's tar with its folders and modes", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const archive = tar([
      { path: "run", bytes: new Uint8Array(1000).fill(7), executable: true },
      { path: "www/a/b.txt", bytes, executable: false },
      { path: "www/a/c.txt", bytes: new Uint8Array(0), executable: false },
    ]);
    await Deno.writeFile(`${folder}/x.tar`, archive);
    const unpack = new Deno.Command("tar", { args: ["-xf", "x.tar"], cwd: folder });
    equal((await unpack.output()).code, 0);
    deepEqual(await Deno.readFile(`${folder}/run`), new Uint8Array(1000).fill(7));
    equal((await Deno.stat(`${folder}/run`)).mode! & 0o100, 0o100);
    equal(await Deno.readTextFile(`${folder}/www/a/b.txt`), "hello\n");
    equal((await Deno.stat(`${folder}/www/a/c.txt`)).size, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the same files give the same bytes", () => {
  const make = () => tar([{ path: "a/b", bytes, executable: false }]);
  deepEqual(make(), make());
  equal(make().length % 512, 0);
});

Deno.test("a path that ustar cannot hold is refused", () => {
  throws(() => tar([{ path: "x".repeat(101), bytes, executable: false }]), /too long for tar: x/);
});
