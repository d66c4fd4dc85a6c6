import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { DataError, DataStore, DataTable, type DataValue } from "../../src/services/mod.ts";
import { DataFolder, plain } from "./data_folder.ts";

Deno.test("data is read back when the store is opened again", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.set("name", "value");
  store.root.addTable("players").set("bob", "12");
  store.root.addTable("empty");
  await store.close();
  const again = folder.open();
  assert.deepEqual(plain(again.root), { name: "value", players: { bob: "12" }, empty: {} });
  assert.deepEqual(folder.log.lines, []);
  await again.close();
});

Deno.test("names and values are read back byte for byte, whatever they hold", async () => {
  using folder = new DataFolder();
  const bytes = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((b) => String.fromCharCode(b)),
  });
  const odd = fc.constantFrom(
    "",
    "\0",
    "\x01",
    "\x01\x01",
    "\\0",
    "\\",
    "/",
    "a/b",
    "..",
    "__proto__",
  );
  const name = fc.oneof(odd, bytes);
  const value = fc.oneof(bytes, fc.boolean(), fc.constantFrom("true", "false", "\\true", "\\"));
  const entries = fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), value));
  await fc.assert(
    fc.asyncProperty(entries, async (list) => {
      const store = folder.open();
      for (const [key] of [...store.root.entries()]) store.root.remove(key);
      for (const [names, value] of list) put(store.root, names, value);
      const before = dump(store.root);
      await store.close();
      const again = folder.open();
      assert.deepEqual(dump(again.root), before);
      await again.close();
    }),
    { numRuns: 60 },
  );
  assert.deepEqual(folder.log.lines, []);
});

Deno.test("data of an application is a table inside its parent's", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  const game = store.application("/Games/myGame");
  assert.equal(store.root.size, 0);
  game.set("score", "7");
  assert.deepEqual(plain(store.root), { Games: { myGame: { score: "7" } } });
  assert.equal(store.application("/Games").get("myGame"), game);
  await store.close();
  const again = folder.open();
  assert.equal(again.application("/Games/myGame").get("score"), "7");
  await again.close();
});

Deno.test("an application's table is the one that its parent adds or removes", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  const child = store.application("/child");
  assert.equal(store.root.addTable("child"), child);
  child.set("a", "1");
  store.root.remove("child");
  assert.equal(child.size, 0);
  child.set("b", "2");
  assert.deepEqual(plain(store.root), { child: { b: "2" } });
  store.root.remove("child");
  store.root.set("child", "a value");
  assert.throws(() => child.set("c", "3"), /data at \/child is something else now/);
  await store.close();
});

Deno.test("a table is not overwritten before it is removed", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.addTable("list").set("a", "1");
  assert.throws(() => store.root.set("list", "x"), DataError);
  assert.throws(() => store.root.addTable("list"), /data has a table at \/list/);
  store.root.remove("list");
  store.root.set("list", "x");
  store.root.addTable("list").set("b", "2");
  await store.close();
  const again = folder.open();
  assert.deepEqual(plain(again.root), { list: { b: "2" } });
  await again.close();
});

Deno.test("removing an entry removes all that is below it", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.addTable("a").addTable("b").set("c", "1");
  store.root.set("a\\", "stays");
  store.root.remove("a");
  store.root.remove("never there");
  await store.close();
  const again = folder.open();
  assert.deepEqual(plain(again.root), { "a\\": "stays" });
  await again.close();
});

Deno.test("data nested too deep is refused, and what is there stays", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  let table = store.root;
  assert.throws(() => {
    for (;;) table = table.addTable("x");
  }, /nested deeper than 64/);
  await store.close();
  const again = folder.open();
  assert.equal(again.root.size, 1);
  assert.deepEqual(folder.log.lines, []);
  await again.close();
});

Deno.test("a change is in the file 200 ms later, without closing", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.set("a", "1");
  folder.clock.advance(199);
  assert.equal(rowsOf(folder), 0);
  folder.clock.advance(1);
  assert.equal(rowsOf(folder), 1);
  assert.equal(folder.clock.timers, 0);
  await store.close();
});

Deno.test("a script that keeps timers waiting has its changes written all the same", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  for (let i = 0; i < 8192; i++) store.root.set(`k${i}`, "v");
  assert.equal(rowsOf(folder), 8192);
  store.root.set("one", "v");
  folder.clock.now = () => 1201;
  store.root.set("two", "v");
  assert.equal(rowsOf(folder), 8194);
  await store.close();
});

Deno.test("a damaged value is reported and skipped, the rest loads", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.set("good", "1");
  store.root.addTable("t").set("bad", "1");
  await store.close();
  const file = new DatabaseSync(`${folder.path}/data.db`);
  file.exec("UPDATE entry SET value = x'32' WHERE key = x'740062616400'");
  file.exec("INSERT INTO entry (key, value, sum) VALUES (x'ff', x'00', 0)");
  file.close();
  const again = folder.open();
  assert.deepEqual(plain(again.root), { good: "1", t: {} });
  assert.deepEqual(folder.log.lines, [
    "ERROR data at /t/bad is damaged and skipped",
    "ERROR data at ? is damaged and skipped",
  ]);
  await again.close();
});

Deno.test("a file damaged anywhere is set aside, and what can be read of it is kept whole", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  for (let i = 0; i < 3000; i++) store.root.set(`key${i}`, `value of ${i}`);
  await store.close();
  const path = `${folder.path}/data.db`;
  const whole = Deno.readFileSync(path);
  for (let page = 0; page < whole.length / 4096; page += 3) {
    const broken = whole.slice();
    broken.fill(0xa5, page * 4096, page * 4096 + 512);
    for (const { name } of Deno.readDirSync(folder.path)) Deno.removeSync(`${folder.path}/${name}`);
    Deno.writeFileSync(path, broken);
    const again = folder.open();
    for (const [name, value] of again.root.entries()) {
      assert.equal(value, `value of ${name.slice(3)}`);
    }
    assert.ok(page < 2 || again.root.size > 2000, `page ${page}: ${again.root.size} left`);
    again.root.set("new", "1");
    await again.close();
    assert.equal(again.failure, "the server is stopping");
    const healed = folder.open();
    assert.equal(healed.root.get("new"), "1");
    await healed.close();
  }
});

Deno.test("a file that is no database is set aside", async () => {
  using folder = new DataFolder();
  Deno.writeTextFileSync(`${folder.path}/data.db`, "no database at all ".repeat(500));
  const store = folder.open();
  assert.match(folder.log.at("ERROR")[0]!, /data\.db is damaged \(file is not a database\)/);
  store.root.set("a", "1");
  assert.equal(store.failure, undefined);
  await store.close();
});

Deno.test("a write that fails is an error for the script until it can be done", async () => {
  using folder = new DataFolder();
  const empty = folder.open();
  empty.root.set("k", "v");
  empty.root.remove("k");
  await empty.close();
  const path = `${folder.path}/data.db`;
  const file = new DatabaseSync(path);
  const full = "CREATE TRIGGER full BEFORE INSERT ON entry " +
    "BEGIN SELECT raise(ABORT, 'database or disk is full'); END";
  file.exec(full);
  file.close();
  const store = folder.open();
  store.root.set("a", "full");
  folder.clock.advance(200);
  assert.equal(store.failure, "database or disk is full");
  assert.throws(() => store.root.set("b", "1"), {
    name: "DataError",
    message: "data cannot be stored: database or disk is full",
  });
  assert.throws(() => store.root.addTable("c"), DataError);
  assert.throws(() => store.root.remove("a"), DataError);
  assert.equal(store.root.get("a"), "full");
  assert.deepEqual(folder.log.lines, ["ERROR data cannot be stored: database or disk is full"]);
  folder.clock.advance(5000);
  assert.equal(folder.log.lines.length, 1);
  await store.close();
  assert.match(folder.log.lines[1]!, /1 changes of data are lost/);
});

Deno.test("a second server on the same folder reads, but is told that it cannot keep", async () => {
  using folder = new DataFolder();
  const first = folder.open();
  first.root.set("a", "1");
  first.write();
  const second = folder.open();
  assert.equal(second.root.get("a"), "1");
  assert.throws(() => second.root.set("b", "2"), /another server uses this folder/);
  await second.close();
  first.root.set("b", "3");
  await first.close();
  const again = folder.open();
  assert.deepEqual(plain(again.root), { a: "1", b: "3" });
  await again.close();
});

Deno.test("nothing is made on disk before there is something to keep", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.application("/app");
  assert.equal(store.root.get("a"), undefined);
  store.root.remove("a");
  folder.clock.advance(1000);
  assert.deepEqual([...Deno.readDirSync(folder.path)], []);
  store.root.set("a", "1");
  assert.ok(Deno.statSync(`${folder.path}/data.db`).isFile);
  await store.close();
});

Deno.test("a folder that cannot be made is an error for the script, not for the server", async () => {
  using folder = new DataFolder();
  Deno.writeTextFileSync(`${folder.path}/file`, "");
  const { clock, log } = folder;
  const store = DataStore.open({ directory: `${folder.path}/file`, clock, log });
  assert.throws(() => store.root.set("a", "1"), /data cannot be stored/);
  assert.equal(log.at("ERROR").length, 1);
  await store.close();
});

function put(table: DataTable, names: readonly string[], value: DataValue): void {
  const [name = "", ...below] = names;
  const entry = table.get(name);
  if (below.length === 0) {
    if (entry instanceof DataTable) table.remove(name);
    table.set(name, value);
  } else {
    put(entry instanceof DataTable ? entry : table.addTable(name), below, value);
  }
}

/** All values by their path, as pairs: names such as `__proto__` are no keys of an object. */
function dump(table: DataTable, path: readonly string[] = []): string[] {
  return [...table.entries()].flatMap(([name, entry]) => {
    const place = [...path, name];
    return entry instanceof DataTable
      ? [JSON.stringify([place]), ...dump(entry, place)]
      : [JSON.stringify([place, entry])];
  }).sort();
}

function rowsOf(folder: DataFolder): number {
  const file = new DatabaseSync(`${folder.path}/data.db`, { readOnly: true });
  const row = file.prepare("SELECT count(*) AS count FROM entry").get();
  file.close();
  return Number(row?.count);
}

Deno.test("a boolean and its name as text are told apart after a restart", async () => {
  using folder = new DataFolder();
  const values = {
    yes: true,
    no: false,
    text: "true",
    word: "false",
    odd: "\\true",
    more: "\\\\false",
  };
  const store = folder.open();
  for (const [name, value] of Object.entries(values)) store.root.set(name, value);
  await store.close();
  const again = folder.open();
  assert.deepEqual(plain(again.root), values);
  await again.close();
});

Deno.test("a boolean is kept in the file as its name", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.set("b", true);
  await store.close();
  const file = new DatabaseSync(`${folder.path}/data.db`, { readOnly: true });
  const row = file.prepare("SELECT value FROM entry").get();
  file.close();
  assert.equal(new TextDecoder().decode(row?.value as Uint8Array), "true");
});
