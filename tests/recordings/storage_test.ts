import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { diskStorage } from "../../src/recordings/mod.ts";
import type { Storage } from "../../src/recordings/storage.ts";
import { MemoryStorage } from "./memory_storage.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Runs `use` on the disk, and on the one in memory that other tests take for it. */
function onEach(name: string, use: (storage: Storage, root: string) => Promise<void>): void {
  Deno.test(`the disk: ${name}`, () => inFolder((root) => use(diskStorage, root)));
  Deno.test(`the disk in memory: ${name}`, () => use(new MemoryStorage(), "/rec"));
}

async function inFolder(use: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.realPath(await Deno.makeTempDir());
  try {
    await use(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function write(storage: Storage, path: string, text: string): Promise<void> {
  const file = await storage.create(path);
  ok(file);
  await file.write(bytes(text));
  file.close();
}

async function read(storage: Storage, path: string): Promise<string> {
  const file = await storage.open(path);
  const buffer = new Uint8Array(file.size);
  equal(await file.read(0, buffer), file.size);
  file.close();
  return new TextDecoder().decode(buffer);
}

onEach("a file is made once, with the folders above it", async (storage, root) => {
  const path = `${root}/live/film/1.flv`;
  await write(storage, path, "first");
  equal(await storage.create(path), undefined);
  equal(await read(storage, path), "first");
});

onEach(
  "what is written over stays in its place, and the file goes on at its end",
  async (storage, root) => {
    const path = `${root}/film.flv`;
    const file = await storage.create(path);
    ok(file);
    await file.write(bytes("0123456789"));
    await file.patch(2, bytes("ab"));
    await file.write(bytes("end"));
    file.close();
    equal(await read(storage, path), "01ab456789end");
  },
);

onEach("a file that is resumed loses what stands behind the position", async (storage, root) => {
  const path = `${root}/film.flv`;
  await write(storage, path, "whole and broken");
  const file = await storage.resume(path, 6);
  await file.write(bytes("mended"));
  file.close();
  equal(await read(storage, path), "whole mended");
});

onEach("a file is read anywhere, and gives nothing behind its end", async (storage, root) => {
  const path = `${root}/film.flv`;
  await write(storage, path, "0123456789");
  const file = await storage.open(path);
  const at = async (position: number) => {
    const buffer = new Uint8Array(4);
    const count = await file.read(position, buffer);
    return new TextDecoder().decode(buffer.subarray(0, count));
  };
  deepEqual([await at(6), await at(0), await at(4), await at(8)], ["6789", "0123", "4567", "89"]);
  equal(await at(10), "");
  file.close();
});

onEach("a small text takes the place of the one that is there", async (storage, root) => {
  const path = `${root}/film.json`;
  await storage.writeText(path, "{}");
  await storage.writeText(path, '{"size":1}');
  equal(await storage.readText(path, 100), '{"size":1}');
  deepEqual(await Array.fromAsync(storage.list(root, "")), [path]);
});

onEach("a text that is larger than allowed is not read", async (storage, root) => {
  const path = `${root}/film.json`;
  await storage.writeText(path, "x".repeat(101));
  await rejects(() => storage.readText(path, 100), /101 bytes/);
});

onEach("what is not there is found by nobody: files, folders, lists", async (storage, root) => {
  await write(storage, `${root}/film.flv`, "x");
  equal(await storage.find(`${root}/none.flv`), undefined);
  equal(await storage.find(`${root}/film.flv/below`), undefined);
  equal(await storage.real(`${root}/none`), undefined);
  deepEqual(await Array.fromAsync(storage.list(`${root}/none`, ".flv")), []);
  await rejects(() => storage.open(`${root}/none.flv`));
});

onEach("a list names the files of one ending, however deep they lie", async (storage, root) => {
  await write(storage, `${root}/a.json`, "x");
  await write(storage, `${root}/live/b.json`, "x");
  await write(storage, `${root}/live/b.flv`, "x");
  await write(storage, `${root}/live/film/deep/c.json`, "x");
  const found = await Array.fromAsync(storage.list(root, ".json"));
  deepEqual(found.sort(), [
    `${root}/a.json`,
    `${root}/live/b.json`,
    `${root}/live/film/deep/c.json`,
  ]);
});

onEach("a file says its size", async (storage, root) => {
  const path = `${root}/film.flv`;
  await write(storage, path, "0123456789");
  const info = await storage.find(path);
  equal(info?.path, path);
  equal(info?.size, 10);
  await storage.remove(path, root);
  equal(await storage.find(path), undefined);
});

Deno.test("the disk: with a file go the folders above it that are empty, but not the root", () =>
  inFolder(async (root) => {
    await write(diskStorage, `${root}/live/film/1.flv`, "x");
    await write(diskStorage, `${root}/live/other.flv`, "x");
    await diskStorage.remove(`${root}/live/film/1.flv`, root);
    equal(await diskStorage.real(`${root}/live/film`), undefined);
    equal(await diskStorage.real(`${root}/live`), `${root}/live`);
    await diskStorage.remove(`${root}/live/other.flv`, root);
    equal(await diskStorage.real(`${root}/live`), undefined);
    equal(await diskStorage.real(root), root);
  }));

Deno.test("the disk: a link is found where it leads, a folder is no file", () =>
  inFolder(async (root) => {
    await write(diskStorage, `${root}/elsewhere/film.flv`, "0123");
    await Deno.symlink(`${root}/elsewhere`, `${root}/linked`);
    const info = await diskStorage.find(`${root}/linked/film.flv`);
    equal(info?.path, `${root}/elsewhere/film.flv`);
    equal(await diskStorage.real(`${root}/linked`), `${root}/elsewhere`);
    equal(await diskStorage.find(`${root}/elsewhere`), undefined);
    await Deno.symlink(`${root}/loop`, `${root}/loop`);
    equal(await diskStorage.find(`${root}/loop`), undefined);
    equal(await diskStorage.find(`${root}/${"x".repeat(300)}`), undefined);
  }));

Deno.test("the disk: its free space is that of the nearest folder that is there", () =>
  inFolder(async (root) => {
    const free = await diskStorage.free(root);
    ok(free !== undefined && free > 0);
    ok(await diskStorage.free(join(root, "not", "made", "yet")));
    // A path that cannot be looked at has no disk that is known.
    equal(await diskStorage.free(`${root}/\0`), undefined);
  }));
