import { deepEqual, equal, match } from "node:assert/strict";
import { createHash } from "node:crypto";
import { runCommand } from "../../src/cli/mod.ts";
import { inFolder, type TestSurroundings } from "./surroundings.ts";

const nothing = {
  startServer: () => Promise.reject(new Error("must not start")),
  checkScript: () => undefined,
  checkNames: () => [],
  checkConfig: () => [],
};

function data(around: TestSurroundings, ...args: string[]): Promise<number> {
  return runCommand(["data", ...args], nothing, around);
}

/** The file that MonaServer keeps a value in. */
function valueFile(name: string, value: string): Record<string, string> {
  return { [`here/old/${name}/${createHash("md5").update(value).digest("hex")}`]: value };
}

Deno.test("a data folder of MonaServer is brought in, taken out, and brought in elsewhere", async () => {
  await inFolder(
    { ...valueFile("name", "value"), ...valueFile("app/été", "7"), "here/old/a/b": "not its" },
    async (around) => {
      equal(await data(around, "import", "old"), 0);
      equal(around.complaints, `2 values of ${around.cwd}/old imported to ${around.cwd}/data\n`);
      equal(await data(around, "export", "all.json"), 0);
      equal(await data(around, "import", "all.json", "--data", "copy"), 0);
      equal(await data(around, "export", "--data", "copy"), 0);
      deepEqual(JSON.parse(around.said), { name: "value", app: { été: "7" } });
    },
  );
});

Deno.test("an import that is no export is an error, and changes nothing", async () => {
  await inFolder({ "here/bad.json": `{"fine": "1", "bad": null}` }, async (around) => {
    equal(await data(around, "import", "bad.json"), 1);
    equal(await data(around, "import", "missing.json"), 1);
    const [bad = "", missing = ""] = around.complaints.split("\n");
    equal(bad, `error: ${around.cwd}/bad.json: /bad is null, wanted a string or an object`);
    match(missing, /^error: .*missing\.json: no such file or directory$/);
    equal(await data(around, "export"), 0);
    equal(around.said, "{}\n");
  });
});

Deno.test("an export of data that cannot be read is an error, and no empty file", async () => {
  await inFolder({ "here/data": "no folder" }, async (around) => {
    equal(await data(around, "export", "all.json"), 1);
    equal(
      around.complaints,
      `error: data cannot be read: ${around.cwd}/data/data.db: not a directory\n`,
    );
    equal(await data(around, "export", "--data", "none"), 0);
    equal(around.said, "{}\n");
    match(around.complaints, /\nnothing is kept in .*\/none\n$/);
  });
});
