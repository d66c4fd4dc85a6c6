import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { exportJson, importJson } from "../../src/services/mod.ts";
import { DataFolder, plain } from "./data_folder.ts";

function writeValue(folder: string, value: string, name?: string): string {
  Deno.mkdirSync(folder, { recursive: true });
  const file = `${folder}/${name ?? createHash("md5").update(value).digest("hex")}`;
  Deno.writeTextFileSync(file, value);
  return file;
}

Deno.test("a data folder of MonaServer is read when there is no file yet", async () => {
  using folder = new DataFolder();
  writeValue(`${folder.path}/name`, "value");
  writeValue(`${folder.path}/Games/myGame/été`, "7");
  writeValue(`${folder.path}/empty`, "");
  writeValue(`${folder.path}/yes`, "true");
  writeValue(`${folder.path}/no`, "false");
  const store = folder.open();
  assert.deepEqual(plain(store.root), {
    name: "value",
    Games: { myGame: { "\xc3\xa9t\xc3\xa9": "7" } },
    empty: "",
    yes: true,
    no: false,
  });
  assert.match(folder.log.lines.join(), /^NOTE 5 values of MonaServer's folder .* imported$/);
  store.root.remove("name");
  await store.close();
  const again = folder.open();
  assert.equal(again.root.get("name"), undefined);
  await again.close();
});

Deno.test("what is damaged in a data folder is reported and skipped", async () => {
  using folder = new DataFolder();
  const damaged = writeValue(`${folder.path}/a`, "torn", "0123456789abcdef0123456789abcdef");
  writeValue(`${folder.path}/b`, "not ours", "readme.txt");
  // Whichever of two files a folder lists first, the newer one counts.
  for (const name of ["c0", "c1", "c2", "c3", "c4", "c5"]) {
    Deno.utimeSync(writeValue(`${folder.path}/${name}`, `old of ${name}`), 1, 1);
    writeValue(`${folder.path}/${name}`, "new");
  }
  writeValue(`${folder.path}/d`, "of a table");
  writeValue(`${folder.path}/d/e`, "1");
  const store = folder.open();
  const newOnes = Object.fromEntries([0, 1, 2, 3, 4, 5].map((i) => [`c${i}`, "new"]));
  assert.deepEqual(plain(store.root), { ...newOnes, d: { e: "1" } });
  assert.deepEqual(folder.log.at("ERROR").sort(), [
    `ERROR data: ${damaged} is damaged and skipped`,
    `ERROR data: ${folder.path}/d has entries below it: its own value is skipped`,
  ]);
  await store.close();
});

Deno.test("data goes out as JSON and comes back the same", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.set("plain", 'a "text"\n');
  store.root.set("\xc3\xa9t\xc3\xa9", "\xe2\x82\xac");
  store.root.set("bytes", "\xff\0\x80");
  store.root.set("\xfe", "odd name");
  store.root.set("$base64", "named like the mark");
  store.root.set("__proto__", "no prototype");
  store.root.set("yes", true);
  store.root.set("text", "true");
  const table = store.root.addTable("table");
  table.addTable("empty");
  table.addTable("$base64").set("x", "y");
  const text = exported(store.root);
  assert.equal(
    text,
    `{
  "plain": "a \\"text\\"\\n",
  "été": "€",
  "bytes": {"$base64":"/wCA"},
  "$base64:/g==": "odd name",
  "$base64:JGJhc2U2NA==": "named like the mark",
  "__proto__": "no prototype",
  "yes": true,
  "text": "true",
  "table": {
    "empty": {},
    "$base64:JGJhc2U2NA==": {
      "x": "y"
    }
  }
}
`,
  );
  using other = new DataFolder();
  const copy = other.open();
  assert.equal(importJson(text, copy.root), 9);
  assert.equal(exported(copy.root), text);
  await store.close();
  await copy.close();
});

Deno.test("an import replaces what it names and leaves the rest", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  store.root.set("stays", "1");
  store.root.set("value", "1");
  store.root.addTable("table").set("a", "1");
  const text = `{"value": {"now": "a table"}, "table": "now a value", "n": 1.5, "b": true}`;
  assert.equal(importJson(text, store.root), 4);
  assert.deepEqual(plain(store.root), {
    stays: "1",
    value: { now: "a table" },
    table: "now a value",
    n: "1.5",
    b: true,
  });
  await store.close();
});

Deno.test("a file that is no export is refused with the place of the fault", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  const faults: [string, RegExp][] = [
    ["[]", /the file is an array, wanted an object/],
    [`{"a": {"b": null}}`, /\/a\/b is null, wanted a string or an object/],
    [`{"a": ["x"]}`, /\/a is an array/],
    [`{"a": {"$base64": "***"}}`, /\/a is not base64/],
    [`{"a": `, /JSON/],
    [`{"fine": "1", "a": []}`, /\/a is an array/],
  ];
  for (const [text, fault] of faults) assert.throws(() => importJson(text, store.root), fault);
  assert.equal(store.root.size, 0);
  await store.close();
});

function exported(table: Parameters<typeof exportJson>[0]): string {
  let text = "";
  exportJson(table, (piece) => text += piece);
  return text;
}
