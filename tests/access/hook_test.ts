import { deepEqual, equal, match } from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { hmacSha256 } from "../../src/crypto/mod.ts";
import { settled } from "../support/decided.ts";
import { answered, Hooked, json, refusal } from "./hook_support.ts";

Deno.test("a hook is told who wants what, and what was brought for it", async () => {
  const hooked = new Hooked("hookEvents=off");
  const client = hooked.connect({
    flashVersion: "FMLE/3.0",
    properties: new Map([["tcUrl", "rtmp://ann:apple@host/live"]]),
  });
  await hooked.publish(client, "test?key=secret&a=1");
  deepEqual(hooked.bodies, [{
    action: "publish",
    stream: "test",
    application: "/live",
    query: "key=secret&a=1",
    client: client.id,
    address: "192.0.2.1:5000",
    protocol: "RTMP",
    headers: { "user-agent": "FMLE/3.0" },
    tcUrl: "rtmp://ann:apple@host/live",
    user: "ann",
    password: "apple",
    server: "s1",
  }]);
  const properties = new Map([["authorization", "Bearer tok"], ["referer", "http://page/"]]);
  await hooked.play(hooked.connect({ protocol: "HTTP", properties, query: "q=2" }), "test");
  await hooked.play(hooked.connect({ protocol: "RTMP" }), "bare");
  deepEqual(Object.keys(hooked.bodies[2] ?? {}).sort(), [
    ...["action", "address", "application", "client", "protocol", "server", "stream"],
  ]);
  const play: Record<string, unknown> = hooked.bodies[1] ?? {};
  deepEqual(
    [play.action, play.query, play.token, play.headers],
    ["play", "q=2", "tok", { referer: "http://page/" }],
  );
});

Deno.test("requests are signed as Standard Webhooks has it, each attempt with one id", async () => {
  const hooked = new Hooked("hookRetries=1");
  hooked.answer = () => hooked.requests.length === 1 ? answered(500) : answered(200);
  await hooked.until(hooked.publish(hooked.connect(), "test"));
  const [first, second] = hooked.requests;
  const { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signature } =
    first?.headers ?? {};
  match(id ?? "", /^msg_[\da-f]{32}$/);
  equal(time, "1767225600");
  const wanted = hmacSha256(encodeText("nightingale"), encodeText(`${id}.${time}.${first?.body}`));
  equal(signature, `v1,${btoa(String.fromCharCode(...wanted))}`);
  equal(second?.headers["webhook-id"], id);
});

Deno.test("an answer allows or refuses by what it says, or by its status alone", async () => {
  const rows: [ReturnType<typeof answered>, string][] = [
    [answered(204), "none"],
    [answered(200, "ok"), "none"],
    [json({}), "none"],
    [json({ allowed: true, reason: null, name: null }), "none"],
    [json({ allowed: false }), "Publish.Failed denied: it is not allowed to publish test"],
    [json({ allowed: false, reason: "no\r\nmoney" }), "Publish.Failed denied: no money"],
    [json({ allowed: true }, 403), "Publish.Failed denied: it is not allowed to publish test"],
    [json({ reason: "who are you?" }, 401), "Publish.Failed unknown: who are you?"],
    [answered(401), "Publish.Failed unknown: a key is wanted to publish test"],
    [answered(403, "<html>"), "Publish.Failed denied: it is not allowed to publish test"],
  ];
  const down = [
    answered(302, "", { location: "http://169.254.169.254/" }),
    answered(404),
    answered(500),
    json({ allowed: "yes" }),
    json([true]),
    json({ name: 1 }),
    json({ lifetime: -1 }),
    json({ lifetime: "1h" }),
    ...["a\0b", "a\nb", "a\x7f", "a?b", "/a", "..", "a/../b", "a/.."].map((name) => json({ name })),
    answered(200, "{", { "content-type": "application/json" }),
  ];
  for (const answer of down) {
    rows.push([answer, "Publish.Failed unavailable: the hook cannot decide now"]);
  }
  for (const [answer, wanted] of rows) {
    const hooked = new Hooked("hookRetries=0");
    hooked.answer = () => answer;
    equal(await refusal(hooked.publish(hooked.connect(), "test")), wanted);
    equal(hooked.hub.isFree("test"), wanted !== "none");
  }
});

Deno.test("a hook names a publication, says who it is, and for how long", async () => {
  const hooked = new Hooked("hookEvents=off");
  hooked.answer = () => json({ name: "ann", lifetime: 60, user: "Ann" });
  const ends: unknown[] = [];
  const publication = await hooked.publish(hooked.connect(), "0f3a", (code) => ends.push(code));
  deepEqual(hooked.asked, ["publish ann Ann"]);
  deepEqual([hooked.hub.isFree("0f3a"), hooked.hub.publication("ann")], [true, publication]);
  hooked.clock.advance(59_999);
  deepEqual(ends, []);
  hooked.clock.advance(1);
  deepEqual(ends, ["Publish.Failed"]);
  hooked.hub.unpublish(publication);
  const other = await refusal(hooked.publish(hooked.connect(), "other"));
  equal(other, "none");
  equal(
    await refusal(hooked.publish(hooked.connect(), "third")),
    "Publish.BadName denied: ann is already publishing",
  );
});

Deno.test("a play and a connection end with their permission, and not those without an end", async () => {
  const hooked = new Hooked("hookEvents=off\nhookFor=play");
  const told: string[] = [];
  hooked.answer = () => json({ lifetime: 10 });
  const client = hooked.connect();
  const listener = await hooked.play(client, "a", (code) => told.push(code));
  hooked.answer = () => json({ lifetime: 20 });
  const left = await hooked.play(client, "b", (code) => told.push(code));
  hooked.hub.unsubscribe(left);
  equal(hooked.clock.timers, 1, "what has ended keeps no timer");
  hooked.answer = () => json({});
  await hooked.play(client, "c", (code) => told.push(code));
  hooked.clock.advance(60_000);
  deepEqual(told, ["Play.Failed"]);
  hooked.hub.unsubscribe(listener);
  equal(hooked.clock.timers, 0);
});

Deno.test("a hook that does not answer decides nothing, and is not asked for a while", async () => {
  const hooked = new Hooked("hookRetries=1\nhookEvents=off");
  hooked.answer = () => Promise.reject(new Error("connection refused"));
  const client = hooked.connect();
  const failed = "Publish.Failed unavailable: the hook cannot decide now";
  for (let count = 0; count < 5; count++) {
    equal(await refusal(hooked.until(hooked.publish(client, "test"))), failed);
  }
  equal(hooked.requests.length, 6, "three times two attempts");
  hooked.answer = () => answered(200);
  hooked.clock.advance(5_000);
  await hooked.publish(client, "test");
  equal(hooked.requests.length, 7);
  const cause = "INFO 192.0.2.1:5000 may not publish test: the hook does not answer: " +
    "connection refused";
  const down = "ERROR the hook does not answer: connection refused; what it decides is refused";
  deepEqual(hooked.log.lines, [down, ...Array(5).fill(cause), "NOTE the hook answers again"]);
  hooked.answer = () => Promise.reject(new Error("no route"));
  equal(await refusal(hooked.until(hooked.publish(client, "other"))), failed);
  deepEqual(hooked.log.lines.slice(7), [
    "ERROR the hook does not answer: no route; what it decides is refused",
    "INFO 192.0.2.1:5000 may not publish other: the hook does not answer: no route",
  ]);
  const open = new Hooked("hookDown=allow\nhookRetries=0\nhookEvents=off");
  open.answer = () => Promise.reject(new Error("connection refused"));
  for (let count = 0; count < 5; count++) await open.publish(open.connect(), `test${count}`);
  equal(open.requests.length, 3);
});

Deno.test("rules say where the hook is asked, and it is asked for what has none", async () => {
  const hooked = new Hooked("publish.test=any\npublish.x=key:secret\npublish.*=key:secret hook");
  hooked.answer = () => answered(401);
  const client = hooked.connect();
  await hooked.publish(client, "test");
  await hooked.publish(client, "other?key=secret");
  match(await refusal(hooked.publish(client, "x")), /a key is wanted/);
  deepEqual(hooked.bodies.filter(({ action }) => action), []);
  match(await refusal(hooked.publish(client, "third")), /a key is wanted/);
  match(await refusal(hooked.play(client, "any")), /a key is wanted/);
  deepEqual(hooked.bodies.map(({ action }) => action).filter(Boolean), ["publish", "play"]);
});

Deno.test("what a hook does not know is a guess when a key was brought", async () => {
  const hooked = new Hooked();
  hooked.answer = () => answered(401);
  const client = hooked.connect();
  for (let count = 0; count < 20; count++) await refusal(hooked.play(client, "test"));
  for (let count = 0; count < 11; count++) {
    await refusal(hooked.publish(client, `test?key=guess${count}`));
  }
  equal(hooked.requests.length, 31);
  match(await refusal(hooked.play(client, "test")), /busy: too many wrong keys/);
  equal(hooked.requests.length, 31);
  equal(JSON.stringify(hooked.log.lines).includes("guess"), false);
});

Deno.test("a client that leaves takes its question back, asked or waiting", async () => {
  const hooked = new Hooked("hookConnections=1\nhookEvents=off");
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof answered>>();
  hooked.answer = () => promise;
  const [first, second, third] = [hooked.connect(), hooked.connect(), hooked.connect()];
  const decisions = [first, second, third].map((client, index) =>
    refusal(hooked.publish(client, `test${index}`))
  );
  await settled();
  deepEqual([hooked.requests.length, hooked.hook.counts.waiting], [1, 2]);
  hooked.hub.disconnect(second);
  equal(hooked.hook.counts.waiting, 1);
  hooked.hub.disconnect(first);
  await settled();
  equal(hooked.requests[0]?.signal?.aborted, true);
  equal(hooked.requests.length, 2, "it is the third one's turn");
  resolve(answered(200));
  deepEqual(await Promise.all(decisions), [
    "Publish.Failed failed: the client is gone",
    "Publish.Failed failed: the client is gone",
    "none",
  ]);
  deepEqual(hooked.asked, ["publish test2 "]);
});

Deno.test("each host has its turn at a slow hook, and a bounded queue", async () => {
  const hooked = new Hooked("hookConnections=1\nhookEvents=off\nhookRetries=0");
  const open: (() => void)[] = [];
  hooked.answer = () => new Promise((resolve) => open.push(() => resolve(answered(200))));
  const many = hooked.connect();
  const results: Promise<string>[] = [];
  for (let count = 0; count < 2_002; count++) {
    results.push(refusal(hooked.play(many, `a${count}`)));
  }
  const other = hooked.connect({ address: "192.0.2.2:5000" });
  const quick = refusal(hooked.play(other, "b"));
  await settled();
  deepEqual(hooked.hook.counts.waiting, 2_001);
  equal(await results.at(-1), "Play.Failed busy: too many wait to play a2001");
  for (let count = 0; count < 3; count++) {
    open.shift()?.();
    await settled();
  }
  equal(await quick, "none");
  hooked.hub.disconnect(many);
  await Promise.all(results);
  equal(hooked.hook.counts.waiting, 0);
});

Deno.test("a hook gets application and stream apart, whosever names are", async () => {
  for (const names of ["server", "application"] as const) {
    const hooked = new Hooked("hookRetries=0", names);
    hooked.answer = () => json({ name: "ann" });
    const publication = await hooked.publish(hooked.connect(), "test");
    equal(publication.name, names === "server" ? "ann" : "live/ann");
    await settled();
    deepEqual(
      hooked.bodies.map(({ application, stream }) => `${application} ${stream}`),
      ["/live test", "/live ann"],
    );
  }
});

Deno.test("a hook that fails now and then does not fill the log", async () => {
  const hooked = new Hooked("hookRetries=0\nhookEvents=off");
  hooked.answer = () => hooked.requests.length % 2 ? answered(500) : answered(200);
  for (let count = 0; count < 20; count++) await refusal(hooked.play(hooked.connect(), "test"));
  deepEqual(hooked.log.lines.filter((line) => !line.startsWith("INFO")), [
    "ERROR the hook does not answer: status 500; what it decides is refused",
  ]);
});

Deno.test("the log says why a name of a hook is none", async () => {
  const hooked = new Hooked("hookRetries=0\nhookEvents=off");
  hooked.answer = () => json({ name: "a\nb" });
  await refusal(hooked.publish(hooked.connect(), "test"));
  match(hooked.log.lines[0] ?? "", /no client could publish under "a\\nb"/);
});
