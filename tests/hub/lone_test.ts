import { deepEqual, equal, throws } from "node:assert/strict";
import { type Client, Refusal } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";
import { AVC_CONFIG, CountingSink, drain, INTER, KEY, PUBLISHER, setUp } from "./scene.ts";

const ORIGIN = { kind: "recording", id: "film" } as const;

/** A client's request for the film. */
const filmFor = (client: Client, parameters: [string, string][] = []) => ({
  client,
  name: "film",
  parameters: new Map(parameters),
});

Deno.test("what is played to one client alone has no place among the others, live ones go on", () => {
  const { hub, connect } = setUp();
  const live = decided(hub.publish(connect(), "film", PUBLISHER));
  const told: string[] = [];
  hub.observers.add({
    onPublished: ({ name }) => void told.push(`published ${name}`),
    onUnpublished: ({ name }) => void told.push(`unpublished ${name}`),
    onSubscribed: () => void told.push("subscribed"),
    onUnsubscribed: () => void told.push("unsubscribed"),
  });
  const client = connect();
  const listener = decided(hub.lone.subscribe(ORIGIN, filmFor(client), new CountingSink()));
  const { publication } = listener;
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  publication.flush();
  deepEqual(drain(listener), ["avc-config", "key"]);
  equal(hub.publication("film"), live);
  deepEqual([...live.listeners], []);
  hub.unsubscribe(listener);
  hub.unpublish(publication);
  deepEqual([publication.isRunning, hub.publication("film")], [false, live]);
  deepEqual(told, ["subscribed", "unsubscribed"]);
  live.video(0, INTER);
  hub.unpublish(live);
  deepEqual(told.slice(2), ["unpublished film"]);
});

Deno.test("an application is asked whether a client may play, and nothing is played", () => {
  const { hub, connect } = setUp();
  const asked: string[] = [];
  hub.handler = {
    ...hub.handler,
    onSubscribe: ({ listener }) => {
      asked.push(`${listener.publication.name} ${listener.parameters.get("key")}`);
      if (listener.parameters.get("key") !== "k") throw new Refusal("Play.Failed", "no");
    },
    onUnsubscribe: () => void asked.push("dismissed"),
  };
  equal(decided(hub.lone.mayPlay(filmFor(connect(), [["key", "k"]]))), undefined);
  throws(() => hub.lone.mayPlay(filmFor(connect())), { message: "no" });
  deepEqual(asked, ["film k", "dismissed", "film undefined"]);
  deepEqual([...hub.streams], []);
});
