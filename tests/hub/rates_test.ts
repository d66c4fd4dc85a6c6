import { deepEqual, equal, throws } from "node:assert/strict";
import { ValueReader } from "../../src/codecs/mod.ts";
import { Client, CLOSED_WRITER, Hub, type Protocol } from "../../src/hub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

function scene(client: number, address: number) {
  const clock = new FakeClock();
  const hub = new Hub({ clock, rates: { client, address } });
  const told: string[] = [];
  hub.observers.add({ onOverRate: (client, text) => void told.push(`${client.address} ${text}`) });
  const connect = (address: string, protocol: Protocol = "RTMP") => {
    const properties = new Map();
    const client = new Client({ protocol, address, path: "", query: "", properties });
    hub.connect(client, new ValueReader([]));
    return client;
  };
  return { clock, hub, told, connect };
}

const sink = { ready: () => {}, overrun: () => {}, status: () => {}, close: () => {} };
const busy = { name: "Refusal", reason: "busy" };

Deno.test("a client plays, publishes and joins so often, then at a rate, and the log hears it once", () => {
  const { clock, hub, told, connect } = scene(2, 0);
  const client = connect("192.0.2.1:5");
  const play = () => hub.unsubscribe(decided(hub.subscribe(client, "a", sink)));
  for (let count = 0; count < 18; count++) play();
  hub.unpublish(decided(hub.publish(client, "b", sink)));
  hub.join(client, new Uint8Array(32));
  throws(play, {
    ...busy,
    code: "Play.Failed",
    message: /more than 2 a second, \[limits\] clientRate/,
  });
  throws(() => decided(hub.publish(client, "b", sink)), { ...busy, code: "Publish.Failed" });
  throws(() => hub.join(client, new Uint8Array(32)), busy);
  throws(() => hub.countCreation(client, "Call.Failed"), busy);
  equal(hub.publication("b"), undefined);
  equal(hub.isWanted("a"), false);
  clock.advance(500);
  play();
  throws(play, busy);
  deepEqual(told, [
    "192.0.2.1:5 refused: too much at once: more than 2 a second, [limits] clientRate",
  ]);
});

Deno.test("a client that goes on through a thousand refusals is cut, one that slows down is not", () => {
  const { clock, hub, told, connect } = scene(2, 0);
  let closed = 0;
  const begin = (client: Client) => {
    client.writer = { ...CLOSED_WRITER, isClosed: false, close: () => void closed++ };
    for (let count = 0; count < 20; count++) hub.countCreation(client, "Call.Failed");
    for (let count = 0; count < 1_000; count++) {
      throws(() => hub.countCreation(client, "Call.Failed"), busy);
    }
    equal(closed, 0);
  };
  const slower = connect("192.0.2.1:6");
  begin(slower);
  clock.advance(1_000);
  for (let count = 0; count < 2; count++) hub.countCreation(slower, "Call.Failed");
  throws(() => hub.countCreation(slower, "Call.Failed"), busy);
  equal(closed, 0);
  const client = connect("192.0.2.1:5");
  begin(client);
  throws(() => hub.countCreation(client, "Call.Failed"), busy);
  equal(closed, 1);
  equal(client.ending.cause, "limits");
  equal(client.ending.reason, "cut after 1000 refusals, [limits] clientRate");
  equal(told.length, 2);
});

Deno.test("who is refused takes nothing from other clients of the address", () => {
  const { hub, connect } = scene(2, 0);
  const [one, other] = [connect("192.0.2.1:5"), connect("192.0.2.1:6")];
  for (let count = 0; count < 20; count++) hub.countCreation(one, "Call.Failed");
  throws(() => hub.countCreation(one, "Call.Failed"), busy);
  hub.countCreation(other, "Call.Failed");
});

Deno.test("all clients of an address share a rate, which their connections count in", () => {
  const { clock, told, connect } = scene(0, 1);
  for (let port = 1; port <= 10; port++) connect(`192.0.2.1:${port}`);
  throws(() => connect("192.0.2.1:11"), { ...busy, code: "Connect.Rejected" });
  connect("192.0.2.2:1");
  connect("192.0.2.1:12", "HTTP");
  clock.advance(1_000);
  connect("192.0.2.1:13");
  equal(told.length, 1);
});
