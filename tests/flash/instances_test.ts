import assert from "node:assert/strict";
import { SharedObjects } from "../../src/flash/mod.ts";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { fakeHub, FlashPeer } from "../support/flash_peer.ts";
import { objectMessage, set, USE } from "../support/object_client.ts";

const withLive: Partial<Handler> = { hasApplication: (path) => path === "" || path === "/live" };

Deno.test("movies of one instance share streams and objects, those of another do not", () => {
  const { hub, clock } = fakeHub(withLive, { instances: true });
  const objects = new SharedObjects({ hub, clock, log: silentLog });
  const join = (room: string) => {
    const peer = new FlashPeer(hub, { objects });
    const id = peer.ready({ app: `live/${room}`, tcUrl: `rtmp://h/live/${room}` });
    const { type, payload } = objectMessage({ name: "board" }, USE, set("by", room));
    peer.message(0, { type, payload });
    return { peer, id };
  };
  const [one, two, other] = [join("one"), join("one"), join("two")];
  one.peer.command(one.id, "publish", "cam", "live");
  const { client } = one.peer.connection;
  assert.deepEqual([client.path, client.properties.get("instance")], ["/live", "one"]);
  two.peer.command(two.id, "play", "cam");
  other.peer.command(other.id, "play", "cam");
  assert.equal(hub.publication("one/cam")?.listeners.size, 1);
  assert.equal(hub.publication("two/cam"), undefined);
  assert.equal(objects.get("/live/one", "board")?.receivers.size, 2);
  assert.equal(objects.get("/live/two", "board")?.receivers.size, 1);
});

Deno.test("without instances a movie's path has to be an application", () => {
  const { hub } = fakeHub({
    ...withLive,
    onConnection: ({ client }) => {
      if (client.path !== "/live") throw new Refusal("Connect.InvalidApp", client.path);
    },
  });
  const peer = new FlashPeer(hub);
  const [answer] = peer.connect({ app: "live/one", tcUrl: "rtmp://h/live/one" });
  assert.equal((answer?.values?.[3] as { description: string }).description, "/live/one");
});

Deno.test("the query of a URL may name an instance of its own", () => {
  const { hub } = fakeHub(withLive, { instances: true });
  const peer = new FlashPeer(hub);
  peer.connect({ app: "live/one?instance=x", tcUrl: "rtmp://h/live/one?instance=x" });
  assert.equal(peer.connection.client.properties.get("instance"), "x");
});
