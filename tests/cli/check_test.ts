import { deepEqual, equal } from "node:assert/strict";
import { runCommand } from "../../src/cli/mod.ts";
import { inFolder, type TestSurroundings } from "./surroundings.ts";

/** Checks with a script check that finds fault with every "?" in a source. */
function check(args: string[], around: TestSurroundings): Promise<number> {
  return runCommand(["--check", ...args], {
    startServer: () => Promise.reject(new Error("must not start")),
    checkConfig: ({ tree }) => tree.get("relay") ? ["a relay"] : [],
    checkNames: (scripts) =>
      scripts.flatMap(({ path, source }) =>
        new TextDecoder().decode(source).includes("doubt")
          ? [{ path, line: 1, message: "a doubt" }]
          : []
      ),
    checkScript(_path, source) {
      const before = new TextDecoder().decode(source).split("?");
      if (before.length === 1) return undefined;
      return { line: before[0]?.split("\n").length ?? 0, message: "unexpected '?'" };
    },
  }, around);
}

Deno.test("--check prints every fault of ini, options and scripts, exit code 1", async () => {
  await inFolder({
    "here/MonaServer.ini": "[HTTP]\nport=x\n[RTMP]\nprot=1\n[relay]\na=b\n",
    "here/www/main.lua": "fine",
    "here/www/b/main.lua": "\n\n?",
    "here/www/a/deep/main.lua": "?",
    "here/www/a/other.lua": "?",
  }, async (around) => {
    equal(await check(["--set", "live.gop=perhaps"], around), 1);
    deepEqual(around.said.replaceAll(`${around.cwd}/`, "").split("\n"), [
      'MonaServer.ini:2: HTTP.port: "x" is not a port from 1 to 65535, or 0 for off',
      "MonaServer.ini:4: RTMP.prot: no such key; did you mean RTMP.port?",
      '--set: live.gop: "perhaps" is not true or false',
      "a relay",
      "www/a/deep/main.lua:1: unexpected '?'",
      "www/b/main.lua:3: unexpected '?'",
      "6 faults in MonaServer.ini and 3 main.lua below www",
      "",
    ]);
    equal(around.complaints, "");
  });
});

Deno.test("--check names what is wrong with the hosts that scripts may ask", async () => {
  await inFolder({
    "here/MonaServer.ini": "[lua]\nfetch=public, http://inner\n",
    "here/www/main.lua": "",
  }, async (around) => {
    equal(await check([], around), 1);
    deepEqual(around.said.replaceAll(`${around.cwd}/`, "").split("\n").slice(0, 1), [
      'MonaServer.ini:2: lua.fetch: "http://inner" is none of none, public, private, all, a host, ' +
      "host:port, *.domain, an address or a network such as 10.0.0.0/8",
    ]);
  });
});

Deno.test("--check with nothing wrong says so, exit code 0", async () => {
  await inFolder({ "here/www/main.lua": "" }, async (around) => {
    await Deno.symlink(".", `${around.cwd}/www/loop`);
    equal(await check([], around), 0);
    equal(around.said, `no faults in no ini and 1 main.lua below ${around.cwd}/www\n`);
  });
});

Deno.test("--check prints doubtful names of all scripts as warnings, exit code 0", async () => {
  await inFolder({
    "here/www/main.lua": "fine",
    "here/www/a/main.lua": "doubt",
    "here/www/a/other.lua": "doubt",
    "here/www/a/notes.txt": "doubt",
  }, async (around) => {
    equal(await check([], around), 0);
    deepEqual(around.said.replaceAll(`${around.cwd}/`, "").split("\n"), [
      "www/a/main.lua:1: warning: a doubt",
      "www/a/other.lua:1: warning: a doubt",
      "no faults and 2 warnings in no ini and 2 main.lua below www",
      "",
    ]);
  });
});

Deno.test("--check without www is a fault", async () => {
  await inFolder({}, async (around) => {
    equal(await check(["--www", "nowhere"], around), 1);
    deepEqual(around.said.replaceAll(`${around.cwd}/`, "").split("\n"), [
      "--www: application.www: nowhere: no such file or directory",
      "1 fault in no ini and 0 main.lua below nowhere",
      "",
    ]);
  });
});

Deno.test("--check goes on past what cannot be read", async () => {
  await inFolder({ "here/www/z/main.lua": "?" }, async (around) => {
    await Deno.symlink("nowhere", `${around.cwd}/www/gone`);
    equal(await check([], around), 1);
    deepEqual(around.said.replaceAll(`${around.cwd}/`, "").split("\n"), [
      "www/gone: no such file or directory",
      "www/z/main.lua:1: unexpected '?'",
      "2 faults in no ini and 1 main.lua below www",
      "",
    ]);
  });
});

Deno.test("init writes the start, and leaves what is there alone", async () => {
  await inFolder({
    "program/MonaServer.ini": "; keys\n",
    "program/www/main.lua": "-- main\n",
    "program/www/live/index.html": "live\n",
    "here/site/www/main.lua": "-- mine\n",
  }, async (around) => {
    const nothing = {
      startServer: () => Promise.reject(new Error("must not start")),
      checkScript: () => undefined,
      checkNames: () => [],
      checkConfig: () => [],
    };
    equal(await runCommand(["init", "site"], nothing, around), 0);
    const site = `${around.cwd}/site`;
    deepEqual(around.said.replaceAll(site, "SITE").split("\n"), [
      "written SITE/MonaServer.ini",
      "written SITE/www/live/index.html",
      "kept    SITE/www/main.lua (it was there)",
      "Start it by: deno task start SITE/MonaServer.ini",
      "",
    ]);
    equal(await Deno.readTextFile(`${site}/www/main.lua`), "-- mine\n");
    equal(await Deno.readTextFile(`${site}/www/live/index.html`), "live\n");
  });
});
