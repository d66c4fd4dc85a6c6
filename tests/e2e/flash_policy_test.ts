import assert from "node:assert/strict";
import { example } from "./examples.ts";
import { inTempFolder } from "./program.ts";
import { freePort, runServer } from "./server.ts";

/** What comes back for a request in two pieces, until the connection ends. */
async function ask(port: number): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const answer = new Response(conn.readable).text();
  for (const part of ["<policy-file", "-request/>\0"]) {
    await conn.write(new TextEncoder().encode(part)).catch(() => {});
  }
  return await answer.catch(() => "");
}

Deno.test("a policy file is sent on the RTMP port and on one of its own, and a crossdomain.xml", () =>
  inTempFolder(async (folder) => {
    const policy = '<cross-domain-policy><allow-access-from domain="*" to-ports="1935"/>' +
      "</cross-domain-policy>";
    await Deno.writeTextFile(`${folder}/policy.xml`, policy);
    const port = freePort();
    const server = await runServer({
      data: `${folder}/data`,
      set: [`flashPolicy.file=${folder}/policy.xml`, `flashPolicy.port=${port}`],
    });
    try {
      assert.equal(await ask(server.rtmp), `${policy}\0`);
      assert.equal(await ask(port), `${policy}\0`);
      const response = await fetch(`http://127.0.0.1:${server.http}/crossdomain.xml`);
      assert.match(await response.text(), /<allow-access-from domain="\*"\/>/);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  }));

Deno.test("the policies of the docs reach a Flash Player, by HTTP and by socket", async () => {
  const policy = await example("flash", "xml", "cross-domain-policy");
  const script = await example("flash", "lua", "start(843)");
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www`);
    await Deno.writeTextFile(`${folder}/www/crossdomain.xml`, policy);
    await Deno.writeTextFile(
      `${folder}/www/main.lua`,
      script.replace("843", '"127.0.0.1", 0') +
        'NOTE("policies on ", policies.address, ".")',
    );
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
    try {
      const response = await fetch(`http://127.0.0.1:${server.http}/crossdomain.xml`);
      assert.match(response.headers.get("content-type") ?? "", /^application\/xml\b/);
      assert.equal(await response.text(), policy);

      await server.logged(/policies on .*\./);
      const port = Number(/policies on .*:(\d+)\./.exec(server.log())?.[1]);
      assert.match(
        await ask(port),
        /^<cross-domain-policy>[^]*to-ports="9339"[^]*<\/cross-domain-policy>\0$/,
      );
      assert.equal(await ask(server.rtmp), "", "RTMP is not asked so");
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
