import { deepEqual, equal } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readValues, writeValues } from "../../src/codecs/mod.ts";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { withServer } from "./support.ts";

/** Accepts all files but `no.txt`. */
const handler: Partial<Handler> = {
  onWrite: ({ file }) => file !== "no.txt",
  hasMethod: (_client, name) => name === "method.txt",
  onCall: ({ name, args, reply }) => writeValues(reply(), `call ${name}`, ...readValues(args)),
};

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("a file is stored by PUT only when the application accepts it", async () => {
  await withServer({ handler, settings: { maxBody: 10 } }, async ({ ask, www, write }) => {
    await write("folder/x.txt", "");
    equal((await ask("PUT", "/a.txt", {}, "hello")).status, 201);
    equal(await Deno.readTextFile(`${www}/a.txt`), "hello");
    equal((await ask("GET", "/a.txt")).text, "hello");
    equal((await ask("PUT", "/a.txt", {}, "bye")).status, 204);
    equal((await ask("GET", "/a.txt")).text, "bye");
    equal((await ask("PUT", "/empty.txt")).status, 201);
    await Deno.symlink("/etc/passwd", `${www}/link.txt`);
    await Deno.symlink("nowhere", `${www}/dangling.txt`);
    equal((await ask("PUT", "/dangling.txt", {}, "hello")).status, 201);
    equal((await Deno.lstat(`${www}/dangling.txt`)).isFile, true);
    for (
      const path of [
        ...["/no.txt", "/x.lua", "/X.LUA~", "/.x", "/data/x", "/folder", "/none/x", "/link.txt"],
        ...["/", "/a.txt/b", "/x:y", "/none/dir/x.flv"],
      ]
    ) {
      const response = await ask("PUT", path, {}, path.endsWith(".flv") ? "" : "hello");
      equal(response.status, 403, path);
    }
    equal((await ask("PUT", "/b.txt", {}, "hello hello")).status, 413);
    deepEqual(namesIn(www), ["a.txt", "dangling.txt", "empty.txt", "folder", "link.txt"]);
  });
});

Deno.test("nothing is stored where the application does not say so", async () => {
  await withServer({}, async ({ ask, www }) => {
    const response = await ask("PUT", "/a.txt", {}, "hello");
    deepEqual([response.status, response.text], [403, "/a.txt may not be written\n"]);
    equal((await ask("POST", "/a.txt", {}, "hello")).status, 200);
    deepEqual(namesIn(www), []);
  });
});

Deno.test("a refusal by error has the script's words, for PUT and POST", async () => {
  const onWrite = () => {
    throw new Refusal("Write.Failed", "too late");
  };
  await withServer({ handler: { onWrite } }, async ({ ask }) => {
    for (const method of ["PUT", "POST"]) {
      const response = await ask(method, "/a.txt", {}, "hello");
      deepEqual([response.status, response.text], [403, "too late\n"]);
    }
  });
});

Deno.test("POST stores what is named like a file and accepted, and calls otherwise", async () => {
  await withServer({ handler }, async ({ ask, www }) => {
    equal((await ask("POST", "/a.txt", {}, "one")).status, 201);
    equal((await ask("POST", "/a.txt", {}, "two")).status, 204);
    equal((await ask("POST", "/no.txt", {}, "x")).text, "call x");
    equal((await ask("POST", "/method.txt", {}, "x")).text, "call method.txtx");
    equal((await ask("POST", "/a", {}, "x")).text, "call x");
    equal(await Deno.readTextFile(`${www}/a.txt`), "two");
    deepEqual(namesIn(www), ["a.txt"]);
  });
});

Deno.test("a file that comes compressed is stored as it is meant, within the limit", async () => {
  await withServer({ handler, settings: { maxBody: 1000 } }, async ({ ask, www }) => {
    const zipped = { "content-encoding": "gzip" };
    equal((await ask("PUT", "/a.txt", zipped, gzipSync("hello"))).status, 201);
    equal(await Deno.readTextFile(`${www}/a.txt`), "hello");
    equal((await ask("PUT", "/b.txt", zipped, gzipSync(new Uint8Array(2000)))).status, 413);
    equal((await ask("PUT", "/b.txt", zipped, "hello")).status, 400);
    equal((await ask("PUT", "/b.txt", { "content-encoding": "br" }, "hello")).status, 415);
    const part = await ask("PUT", "/b.txt", { "content-range": "bytes 0-4/10" }, "hello");
    equal(part.status, 400);
    deepEqual(namesIn(www), ["a.txt"]);
  });
});

Deno.test("conditions keep one writer from undoing another's work", async () => {
  await withServer({ handler }, async ({ ask, www }) => {
    const put = async (headers: Record<string, string>, body: string) =>
      (await ask("PUT", "/a.txt", headers, body)).status;
    equal(await put({ "if-match": "*" }, "0"), 412);
    equal(await put({ "if-none-match": "*" }, "1"), 201);
    equal(await put({ "if-none-match": "*" }, "2"), 412);
    const etag = (await ask("GET", "/a.txt")).headers.get("etag")!;
    equal(await put({ "if-match": etag }, "three"), 204);
    equal(await put({ "if-match": etag }, "4"), 412);
    equal(await Deno.readTextFile(`${www}/a.txt`), "three");
  });
});

Deno.test("a name may be as long as the disk allows", async () => {
  await withServer({ handler }, async ({ ask, www }) => {
    const name = `${"n".repeat(251)}.txt`;
    equal((await ask("PUT", `/${name}`, {}, "hello")).status, 201);
    deepEqual(namesIn(www), [name]);
  });
});
