import { deepEqual, equal, ok } from "node:assert/strict";
import { loadConfig, namedKeys, renderIni, renderMarkdown } from "../../src/config/mod.ts";

const root = new URL("../../", import.meta.url);
const shipped = await Deno.readTextFile(new URL("MonaServer.ini", root));
const load = (text: string) => loadConfig({ ini: { file: "MonaServer.ini", text } });

Deno.test("the shipped ini sets nothing and has no fault", () => {
  const { config, faults } = load(shipped);
  deepEqual(faults, []);
  deepEqual(namedKeys.filter(({ path }) => config.isSet(path)), []);
});

Deno.test("the shipped ini with every comment sign taken away sets each key to its default", () => {
  const { config, faults } = load(shipped.replace(/^;(?=\w+=)/gm, ""));
  deepEqual(faults, []);
  const defaults = loadConfig().config;
  for (const { path, section, name } of namedKeys) {
    ok(config.isSet(path), `${path} is in MonaServer.ini`);
    const [mine, theirs] = [config, defaults].map((all) => {
      const values = all as unknown as Record<string, Record<string, unknown>>;
      return section ? values[section]?.[name] : values[name];
    });
    equal(mine, theirs, path);
  }
});

Deno.test("the shipped ini and the documentation are the table's (deno task ini writes them)", async () => {
  equal(shipped, renderIni());
  const page = await Deno.readTextFile(new URL("docs/configuration.md", root));
  const plain = (text: string) => text.replace(/-+/g, "-").replace(/\s+/g, " ").trim();
  equal(plain(page.split("<!-- keys -->")[1] ?? ""), plain(renderMarkdown()));
});

Deno.test("every key explains itself in one line, and its default is a value it accepts", () => {
  for (const { path, key } of namedKeys) {
    ok(/^\S.{8,100}$/.test(key.help), `${path}: ${key.help}`);
    equal(key.parse(key.written), key.default, path);
  }
});
