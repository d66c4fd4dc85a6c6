import { deepEqual, equal, match } from "node:assert/strict";
import { Refusal } from "../../src/hub/mod.ts";
import type { SocketUpgrade } from "../../src/protocols/http/mod.ts";
import { HttpError } from "../../src/protocols/http/wire/error.ts";
import { KEY, publisher } from "./streams.ts";
import { until, withServer } from "./support.ts";

/** Applications "", `/app` and `/app/sub`. */
const hasApplication = (path: string) => ["", "/app", "/app/sub"].includes(path);

Deno.test("a stream's name may go on where the path of an application ends", async () => {
  await withServer({ handler: { hasApplication } }, async ({ connect, hub, ask }) => {
    const names: [string, string][] = [
      ["/app/dir/name.flv", "dir/name"],
      ["/app/a/b/c.flv", "a/b/c"],
      ["/app/sub/name.flv", "name"],
      ["/app/sub/dir/name.flv", "dir/name"],
    ];
    for (const [path, name] of names) {
      const publication = publisher(hub, name);
      publication.video(0, KEY);
      publication.flush();
      const player = await connect();
      equal((await player.ask("GET", path)).status, 200);
      const [listener] = publication.listeners.values();
      equal(listener!.client.path, path.startsWith("/app/sub") ? "/app/sub" : "/app");
      player.close();
      hub.unpublish(publication);
    }
    for (const path of ["/dir/name.flv", "/dir/sub/name.flv", "/app/dir/name.txt", "/app/dir/"]) {
      const missing = await ask("GET", path);
      equal(missing.status, 404, path);
      match(missing.text, /^Application \/\S* doesn't exist\n$/);
    }
  });
});

Deno.test("what is put below an application is published by its longer name", async () => {
  const handler = { hasApplication, onWrite: () => true };
  await withServer({ handler }, async ({ connect, ask, hub, write }) => {
    for (const path of ["/app/dir/name.flv", "/app/dir/name"]) {
      const client = await connect();
      await client.send(
        `PUT ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: video/x-flv\r\n` +
          "content-length: 100\r\n\r\nFLV",
      );
      await until(() => hub.publication("dir/name") !== undefined);
      equal(hub.publication("dir/name")?.publisher?.path, "/app");
      client.close();
      await until(() => hub.publication("dir/name") === undefined);
    }
    const flv = { "content-type": "video/x-flv" };
    equal((await ask("PUT", "/dir/name.flv", flv, "FLV")).status, 404);
    await write("app/x.txt", "");
    equal((await ask("PUT", "/app/dir/name.flv")).status, 403);
  });
});

Deno.test("a socket's path names a stream as a request's does", async () => {
  const asked: string[] = [];
  const sockets: SocketUpgrade = {
    carry: () => undefined,
    upgrade({ path }, name) {
      asked.push(`${path} ${name}`);
      throw new Refusal("Play.Failed", "seen enough");
    },
    refuse({ status, code }) {
      throw new HttpError(status, code);
    },
  };
  const options = { handler: { hasApplication }, more: () => ({ sockets }) };
  await withServer(options, async ({ ask }) => {
    for (const path of ["/app/dir/name.flv", "/app/name.ts", "/app/sub", "/app/x", "/dir/x.flv"]) {
      const response = await ask("GET", path, {
        upgrade: "websocket",
        connection: "Upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      });
      const [status, code] = path.startsWith("/app")
        ? [403, "NetStream.Play.Failed"]
        : [404, "NetConnection.Connect.InvalidApp"];
      deepEqual([response.status, response.text], [status, `${code}\n`], path);
    }
    deepEqual(asked, ["/app dir/name.flv", "/app name.ts", "/app/sub ", "/app x"]);
  });
});
