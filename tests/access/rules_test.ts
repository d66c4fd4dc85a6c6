import { deepEqual, equal } from "node:assert/strict";
import { readKeys, readRules, settingFaults } from "../../src/access/mod.ts";
import { describeFault, loadConfig, secretsOf } from "../../src/config/mod.ts";

/** What `--check` says of the lines below `[access]`. */
function faultsOf(...lines: string[]): string[] {
  const text = ["[access]", ...lines].join("\n");
  const { config, faults } = loadConfig({ ini: { file: "my.ini", text } });
  const isApplication = (path: string) => path === "/live";
  return [...faults, ...settingFaults(config), ...readRules(config, isApplication).faults]
    .map(describeFault);
}

Deno.test("a wrong rule is explained with its file and line, and without what it holds", () => {
  const rest = "play.*=any";
  const wanted = "any, none, or one or more of key:TEXT, keys, keys:NAME, link, jwt and " +
    "hook, with spaces between them";
  for (
    const [line, fault] of [
      ["play.a*b=any", "access.play.a*b: a * stands at the end of a pattern only"],
      [
        "watch.*=any",
        "access.watch.*: rules begin with one of publish, play, connect, files, as in publish.*",
      ],
      ["pley.a=any", "access.pley.a: no such key; did you mean access.play.a?"],
      ["jwtAud=mona", "access.jwtAud: no such key; did you mean access.jwtAudience?"],
      ["hokFor=play", "access.hokFor: no such key; did you mean access.hookFor?"],
      ["play=any", "access.play: what is it for? play.* is for all"],
      ["play.a=secret", `access.play.a: its value is not ${wanted}`],
      ["play.a=any key:secret", `access.play.a: its value is not ${wanted}`],
      ["play.a=", `access.play.a: its value is not ${wanted}`],
      ["play.a=keys", "access.play.a: needs access.keys, a file of keys"],
      ["play.a=link", "access.play.a: link needs access.secret"],
      [
        "play.a=jwt",
        "access.play.a: jwt needs access.jwtKeys, a JWKS or a file, or access.jwtSecret",
      ],
      ["play.a=hook", "access.play.a: hook needs access.hook, its URL"],
      ["hook=localhost/hook", "access.hook: wants a URL such as https://host/path"],
      ["hookFor=publish plays", "access.hookFor: wants some of publish, play, connect and files"],
      ["jwtSecret=too-short-a-secret", "access.jwtSecret: HS256 needs 32 bytes at least"],
      [
        "hookTimeout=20",
        "access.hookTimeout: all attempts of the hook have to end within 30 s: fewer, or shorter ones",
      ],
      ["play./a=any", "access.play./a: names of streams begin without a slash"],
      [
        "play.live/*=any",
        "access.play.live/*: /live is an application, and names of streams belong to the whole " +
        'server: leave "live/" away',
      ],
      ["play.*=none", "access.play.*: was already set in line 2"],
    ] as const
  ) deepEqual(faultsOf(rest, line), [`my.ini:3: ${fault}`], line);
  deepEqual(faultsOf("publish.a=key:secret"), [
    "my.ini:2: access.publish.a: publish has no rule for all the rest: " +
    "add publish.* = none, or any",
  ]);
  for (const line of ["publish.*=all", "publsh.*=any"]) {
    equal(faultsOf(line, "publish.a=key:secret").length, 1, "one fault, not what follows of it");
  }
  deepEqual(faultsOf("publish.* key:secret"), [
    'my.ini:2: "publish.* key:…" is neither "key=value", "[section]" nor a comment (;)',
  ]);
});

Deno.test("the rules of the documentation are good ones", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/access.md", import.meta.url));
  const blocks = [...page.matchAll(/^```ini\n([^]*?)^```$/gm)].map(([, text = ""]) => text);
  deepEqual(blocks.flatMap((text) => faultsOf(...text.split("\n").slice(1))), []);
  equal(blocks.length, 4);
});

Deno.test("rules are case-sensitive where names of streams are, and may hold dots", () => {
  deepEqual(faultsOf("play.* = none", "play.a.b = any", "play.A.b = none", "Play.x = any"), []);
});

Deno.test("keys of rules are secrets, and no settings of scripts", () => {
  const text = "[access]\nsecret=nightingale\npublish.* = key:blackbird keys:ann key:it";
  const { config } = loadConfig({ ini: { file: "my.ini", text } });
  deepEqual(secretsOf(config), ["nightingale", "blackbird"]);
  const names = [...config.tree.section("access")].map(([name]) => name);
  deepEqual(names.filter((name) => /publish|\*/.test(name)), []);
});

Deno.test("a file of keys says what is wrong with a line, and keeps the others", () => {
  const { keys, faults } = readKeys(
    "\uFEFFann apple\r\nben\n# none\ncat cherry 2026-02-30\ndan date 2026-06-01T12:00:00Z x\n" +
      "eve elder 2026-02-28T12:00:00Z",
  );
  deepEqual(keys.map(({ name, key, until }) => [name, key, until]), [
    ["ann", "apple", Infinity],
    ["eve", "elder", Date.UTC(2026, 1, 28, 12)],
  ]);
  deepEqual(faults, [
    [2, "a line is a name, its key and, where it ends, until when"],
    [4, "the end of a key is a day, 2026-12-31, or 2026-12-31T18:00:00Z"],
    [5, "a line is a name, its key and, where it ends, until when"],
  ]);
});
