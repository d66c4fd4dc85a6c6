import { equal, match, rejects } from "node:assert/strict";
import { runCommand } from "../../src/cli/mod.ts";
import { inFolder, type TestSurroundings } from "./surroundings.ts";

function command(args: string[], around: TestSurroundings): Promise<number> {
  return runCommand(args, {
    startServer: () => Promise.reject(new Error("must not start")),
    checkConfig: () => [],
    checkNames: () => [],
    checkScript: () => undefined,
  }, around);
}

const secret = ["--set", "access.secret=between us"];

Deno.test("sign prints the query of a link, which ends when it was told to", async () => {
  await inFolder({}, async (around) => {
    const before = Math.floor(Date.now() / 1000);
    equal(await command(["sign", "play", "film", "60", ...secret], around), 0);
    match(around.said, /^expires=\d+&sig=[\w-]+\n$/);
    const expires = Number(/expires=(\d+)/.exec(around.said)?.[1]);
    equal(expires >= before + 60 && expires <= before + 70, true, around.said);
  });
});

Deno.test("sign without a secret, and of no action, says what is missing", async () => {
  await inFolder({}, async (around) => {
    const said = async (args: string[]) => {
      around.complaints = "";
      equal(await command(args, around).catch(() => 1), 1);
      return around.complaints;
    };
    match(await said(["sign", "play", "film"]), /access\.secret is not set/);
    await Deno.writeTextFile(`${around.cwd}/my.ini`, "[access]\n");
    match(
      await said(["--config", "my.ini", "sign", "play", "film"]),
      /access\.secret is not set in .*my\.ini/,
    );
    match(await said(["sign", "watch", "film", ...secret]), /watch/);
  });
});

Deno.test("--check names the lines of a file of keys that cannot be read as such", async () => {
  const ini = "[access]\nkeys=my.keys\npublish.*=keys\n";
  await inFolder({
    "here/MonaServer.ini": ini,
    "here/my.keys": "tom abc\nlonely\n",
    "here/www/main.lua": "",
  }, async (around) => {
    equal(await command(["--check"], around), 1);
    match(around.said, /my\.keys:2: /);
  });
  await inFolder({ "here/MonaServer.ini": ini, "here/www/main.lua": "" }, async (around) => {
    equal(await command(["--check"], around), 1);
    match(around.said, /MonaServer\.ini:2: access\.keys: .*my\.keys/);
  });
  await rejects(Deno.stat("my.keys"));
});

Deno.test("a line of a file of keys that is none keeps nothing from being done", async () => {
  await inFolder({
    "here/MonaServer.ini": "[access]\nkeys=my.keys\nsecret=between us\npublish.*=keys\n",
    "here/my.keys": "tom abc\nlonely\n",
    "here/www/main.lua": "",
  }, async (around) => {
    equal(await command(["sign", "play", "film"], around), 0);
    match(around.said, /^expires=/);
    match(around.complaints, /my\.keys:2: /);
    around.said = "";
    await command([], around);
    match(around.said, /WARN.*my\.keys:2: [^]*must not start/);
  });
});
