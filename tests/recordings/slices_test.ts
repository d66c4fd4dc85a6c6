import { ok } from "node:assert/strict";
import { diskStorage } from "../../src/recordings/disk/disk_storage.ts";
import { FileWindow } from "../../src/recordings/films/file_window.ts";

Deno.test("who reads on in what is in memory lets others have their turn", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, new Uint8Array(1000));
  const file = await diskStorage.open(path);
  const window = new FileWindow(file);
  let others = 0;
  const timer = setInterval(() => others++, 0);
  try {
    // Nothing but memory is read: without a rest no timer fires before the end.
    for (let count = 0; others < 3; count++) {
      ok(count < 2_000_000, "nobody else had a turn");
      await window.readUpTo(count % 900, 8);
    }
  } finally {
    clearInterval(timer);
    file.close();
    await Deno.remove(path);
  }
});
