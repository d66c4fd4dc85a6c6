import { deepEqual, equal, ok } from "node:assert/strict";
import {
  announcedHost,
  ConfigTree,
  describeApplication,
  loadConfig,
  locate,
} from "../../src/config/mod.ts";

const load = (text: string) => loadConfig({ ini: { file: "my.ini", text } }).config;

function at(tree: ConfigTree, ...names: string[]): string | ConfigTree | undefined {
  return names.reduce<string | ConfigTree | undefined>(
    (found, name) => found instanceof ConfigTree ? found.get(name) : undefined,
    tree,
  );
}

Deno.test("scripts see custom keys and sections, defaults, and values as written", () => {
  const { tree } = load("mine=1\n[Games]\nMaxPlayers = 010\n[rtmp]\nport=+5\n");
  equal(at(tree, "MINE"), "1");
  equal(at(tree, "games", "maxplayers"), "010");
  equal(at(tree, "RTMP", "port"), "+5");
  equal(at(tree, "HTTP", "port"), "80");
  equal(at(tree, "games", "none"), undefined);
});

Deno.test("a section with a dot is a section in a section", () => {
  equal(at(load("[a.b]\nc=1").tree, "a", "b", "c"), "1");
});

Deno.test("iteration gives each name once, in its first spelling", () => {
  const tree = new ConfigTree();
  tree.set("One.a", "1");
  tree.set("ONE.b", "2");
  tree.set("two", "3");
  tree.set("TWO", "4");
  deepEqual([...tree].map(([name]) => name), ["One", "two"]);
  equal(tree.get("Two"), "4");
});

Deno.test("names of JavaScript's own are plain names", () => {
  const { tree } = load("__proto__=1\n[__proto__]\nx=2\n[constructor]\ntoString=3\n");
  equal(at(tree, "constructor", "toString"), "3");
  equal(at(tree, "__proto__", "x"), "2");
  equal(({} as Record<string, unknown>)["x"], undefined);
  equal(at(new ConfigTree(), "constructor"), undefined);
});

Deno.test("folders are relative to application.dir, which is relative to the ini's folder", () => {
  deepEqual(locate(load(""), "/srv"), {
    dir: "/srv",
    www: "/srv/www",
    data: "/srv/data",
    logs: "/srv/logs",
    recordings: "/srv/recordings",
    segments: "/srv/hls",
  });
  const moved = load(
    "[application]\ndir=mona\nwww=/pages\n[data]\ndirectory=../d\n[logs]\ndirectory=",
  );
  deepEqual(locate(moved, "/srv"), {
    dir: "/srv/mona",
    www: "/pages",
    data: "/srv/d",
    logs: undefined,
    recordings: "/srv/mona/recordings",
    segments: "/srv/mona/hls",
  });
});

Deno.test("scripts see where the program is", () => {
  const config = load("");
  describeApplication(config, "/opt/monaserver.bin", locate(config, "/srv"));
  equal(at(config.tree, "application", "path"), "/opt/monaserver.bin");
  equal(at(config.tree, "application", "name"), "monaserver.bin");
  equal(at(config.tree, "application", "basename"), "monaserver");
  equal(at(config.tree, "application", "dir"), "/srv/");
  equal(at(config.tree, "application", "www"), "www");
});

Deno.test("host goes before publicHost, publicHost before publicAddress", () => {
  equal(announcedHost(load("publicAddress=c")), "c");
  equal(announcedHost(load("publicAddress=c\npublicHost=b")), "b");
  equal(announcedHost(load("publicAddress=c\npublicHost=b\nhost=a")), "a");
  ok(!announcedHost(load("")));
});
