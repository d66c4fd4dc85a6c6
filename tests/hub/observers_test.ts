import { deepEqual, equal, throws } from "node:assert/strict";
import { NO_DIRECTORY, Refusal } from "../../src/hub/mod.ts";
import { PUBLISHER, setUp } from "./scene.ts";
import { decided } from "../support/decided.ts";

Deno.test("an observer hears nothing once it is taken away, be it while others are told", () => {
  const { hub, connect } = setUp();
  const told: string[] = [];
  const stop = hub.observers.add({
    onConnected: () => {
      told.push("first");
      stop();
    },
  });
  hub.observers.add({ onConnected: () => void told.push("second") });
  connect();
  connect();
  deepEqual(told, ["first", "second", "second"]);
});

Deno.test("a name that the directory knows elsewhere is refused to clients, not to scripts", () => {
  const { hub, connect } = setUp();
  const claimed: string[] = [];
  hub.directory = {
    ...NO_DIRECTORY,
    isTaken: (name) => name === "taken",
    claim: (name) => {
      claimed.push(name);
      if (name === "taken") throw new Refusal("Publish.BadName", "taken elsewhere");
    },
  };
  throws(() => decided(hub.publish(connect(), "taken", PUBLISHER)), { code: "Publish.BadName" });
  deepEqual([hub.isFree("taken"), hub.isFree("free"), claimed], [false, true, ["taken"]]);
  decided(hub.publish(connect(), "free", PUBLISHER));
  deepEqual([hub.isFree("free"), claimed], [false, ["taken", "free"]]);
  equal(hub.publishFromScript("taken")?.isRunning, true);
});

Deno.test("a publication tells where it comes from, and scripts see it as one text", () => {
  const { hub, connect } = setUp();
  const client = connect();
  const film = decided(hub.publish(client, "film", PUBLISHER));
  deepEqual([film.origin, film.publisherId], [{ kind: "client", id: client.id }, client.id]);
  deepEqual(hub.publishFromScript("own")?.origin, { kind: "script", id: "own" });
  const pulled = hub.publishFrom({ kind: "server", id: "b" }, "pulled");
  deepEqual([pulled?.publisherId, pulled?.publisher], ["server:b", undefined]);
  equal(hub.publishFrom({ kind: "relay", id: "film" }, "film"), undefined, "the name is taken");
});

Deno.test("a peer is asked of the application first, then of the directory", () => {
  const { hub } = setUp();
  hub.directory = { ...NO_DIRECTORY, locate: () => ["192.0.2.1:1935"] };
  deepEqual(hub.locate("RTMFP", new Uint8Array(32)), ["192.0.2.1:1935"]);
  hub.handler = { ...hub.handler, onRendezVousUnknown: () => ["192.0.2.2:1935"] };
  deepEqual(hub.locate("RTMFP", new Uint8Array(32)), ["192.0.2.2:1935"]);
});
