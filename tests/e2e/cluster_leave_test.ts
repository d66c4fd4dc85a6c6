import assert from "node:assert/strict";
import { withCluster } from "./cluster.ts";
import { LiveClient } from "./live_client.ts";
import type { RunningProgram } from "./server.ts";

const page = await Deno.readTextFile(new URL("../../docs/scaling.md", import.meta.url));
const [, example = ""] = /```lua\n([^`]*client:reconnect[^`]*)```/.exec(page) ?? [];

const LIVE = `${example}
function onConnection(client)
  function client:empty() leave(mona.servers[1]) end
end`;

Deno.test("an RTMFP client that knows no request to move is ended, and its next handshake leads it elsewhere", () =>
  withCluster("link", 2, async ({ servers }) => {
    const [one, other] = servers as [RunningProgram, RunningProgram];
    const at = { host: "127.0.0.1", port: one.rtmfp };
    await using client = await LiveClient.connect(at);
    client.flash.command(0, "empty", 0, null);
    await client.status("NetConnection.Connect.ReconnectRequest");
    const request = client.flash.calls.find(([name]) => name === "onStatus")?.[3];
    assert.equal(
      (request as unknown as { tcUrl: string }).tcUrl,
      `rtmfp://127.0.0.1:${other.rtmfp}/live`,
    );
    await one.logged(/rtmfp .*disconnected/);
    assert.equal(other.count(/rtmfp .*connected to \/live/), 0);
    await using again = await LiveClient.connect(at);
    await other.logged(/rtmfp .*connected to \/live/);
    assert.ok(again.flash.session?.isOpen);
  }, { live: LIVE }));
