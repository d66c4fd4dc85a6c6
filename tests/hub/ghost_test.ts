import assert from "node:assert/strict";
import { Client, Hub, type Protocol, Refusal } from "../../src/hub/mod.ts";
import { ValueReader } from "../../src/codecs/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

function rig() {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const connect = (protocol: Protocol) => {
    const info = { protocol, address: "192.0.2.1:1", path: "", query: "", properties: new Map() };
    const client = new Client(info);
    hub.connect(client, new ValueReader([]));
    return client;
  };
  /** A publisher that ends its publication when it is told, as every protocol does. */
  const publish = (client: Client, probe?: () => void) => {
    const publication = decided(hub.publish(client, "film", {
      close: () => hub.unpublish(publication),
      ...(probe && { probe }),
    }));
    return publication;
  };
  const wants = (client: Client) => {
    try {
      publish(client);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  };
  return { clock, hub, connect, publish, wants };
}

for (const protocol of ["RTMP", "RTMFP", "HTTP", "WebSocket"] as const) {
  Deno.test(`a silent publisher over ${protocol} loses its name within 10 s, to one that wants it`, () => {
    const { clock, hub, connect, publish, wants } = rig();
    let probes = 0;
    publish(connect(protocol), () => probes++);
    clock.advance(60_000);
    const other = connect("RTMP");
    const start = clock.now();
    for (let second = 0; second < 20 && !wants(other); second++) clock.advance(1000);
    assert(clock.now() - start <= 10_000, `${clock.now() - start} ms`);
    assert.equal(probes, 1);
    assert.equal(hub.publication("film")?.publisher, other);
    assert.equal(clock.timers, 0);
  });
}

Deno.test("a publisher that gives a sign of life keeps its name", () => {
  const { clock, hub, connect, publish, wants } = rig();
  const client = connect("RTMP");
  publish(client, () => clock.after(3000, () => client.lastReception = clock.epoch()));
  const other = connect("RTMP");
  for (let second = 0; second < 30; second++) {
    assert.equal(wants(other), false);
    clock.advance(1000);
  }
  assert.equal(hub.publication("film")?.publisher, client);
});

Deno.test("a publisher that nobody competes with may be silent", () => {
  const { clock, hub, connect, publish } = rig();
  const client = connect("HTTP");
  publish(client);
  clock.advance(60_000);
  assert.equal(hub.publication("film")?.publisher, client);
});

Deno.test("a doubt ends with the publication, and is none of the next publisher's", () => {
  const { clock, hub, connect, publish, wants } = rig();
  const [first, second, third] = [connect("RTMP"), connect("RTMP"), connect("RTMP")];
  const publication = publish(first);
  assert.equal(wants(second), false);
  hub.unpublish(publication);
  assert.equal(clock.timers, 0);
  assert.equal(wants(second), true);
  clock.advance(10_000);
  assert.equal(hub.publication("film")?.publisher, second);
  assert.equal(wants(third), false);
});
