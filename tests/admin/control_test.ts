import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { type Client, Refusal } from "../../src/hub/mod.ts";
import { openApiText } from "../../tools/openapi.ts";
import { AVC_CONFIG, CountingSink, INTER, KEY, PUBLISHER, SOUND } from "../hub/scene.ts";
import { decided } from "../support/decided.ts";
import { type Shown, withScene } from "./control_scene.ts";

const JSON_TYPE = { "content-type": "application/json" };

Deno.test("every question is answered as the document says, of an empty server and of a full one", () =>
  withScene(async (scene) => {
    const { hub, clock, connect, document } = scene;
    const names = { id: "", name: "film", path: "%2F", entry: "" };
    const askAll = async () => {
      let asked = 0;
      for (const [pattern, operations] of Object.entries(document.paths)) {
        if (operations["get"] === undefined || /\/(events|preview\.flv)$/.test(pattern)) continue;
        const path = pattern.slice("/api/v1".length)
          .replace(/\{(\w+)\}/, (_, name) => names[name as keyof typeof names]);
        if (hub.clients.size === 0 && /film|clients\/$/.test(path)) continue;
        await scene.get(path.endsWith("/source") ? `${path}?file=main.lua` : path);
        asked++;
      }
      return asked;
    };
    const asked = await askAll();
    const [publisher, player] = [connect(), connect()];
    names.id = player.id;
    const publication = decided(hub.publish(publisher, "film", PUBLISHER));
    hub.subscribe(player, "film", new CountingSink());
    hub.publishFromScript("a/b");
    publication.audio(0, SOUND);
    publication.video(0, AVC_CONFIG);
    publication.video(0, KEY);
    publication.flush();
    hub.join(player, new Uint8Array(32));
    hub.bans.ban("192.0.2.1");
    scene.lines.add({ at: 1, level: "WARN", name: "script", text: "s3cret" });
    clock.advance(11_000);
    equal(await askAll(), asked + 3);
  }));

Deno.test("docs/openapi.json is what the program serves", async () => {
  const file = await Deno.readTextFile(new URL("../../docs/openapi.json", import.meta.url));
  deepEqual(JSON.parse(file), JSON.parse(openApiText()));
  await withScene(async (scene) => {
    const { status, text } = await scene.ask("GET", "/openapi.json");
    equal(status, 200);
    deepEqual(Object.keys(JSON.parse(text).paths), Object.keys(JSON.parse(file).paths));
  });
});

Deno.test("a stream is listed with its codecs, rates and listeners", () =>
  withScene(async (scene) => {
    const { hub, clock, connect } = scene;
    const publication = decided(hub.publish(connect(), "a/b", PUBLISHER));
    const listener = decided(hub.subscribe(connect(), "a/b", new CountingSink()));
    publication.audio(0, SOUND);
    publication.video(0, AVC_CONFIG);
    for (let time = 0; time < 5_000; time += 40) {
      publication.video(time, time % 2_000 === 0 ? KEY : INTER);
      publication.flush();
      clock.advance(40);
    }
    const shown = await scene.get("/publications/a%2Fb");
    equal(shown.video.codec, "H.264");
    equal(shown.audio.codec, "AAC");
    equal(shown.video.keyInterval, 2_000);
    equal(shown.video.gap, 40);
    ok(Math.abs(shown.video.frameRate - 25) < 1, `${shown.video.frameRate}`);
    deepEqual(shown.listeners, { total: 1, rtmp: 1, rtmfp: 0, http: 0, websocket: 0 });
    const { series } = await scene.get("/publications/a%2Fb/history");
    deepEqual(series.listeners, [1]);
    const { items: [player] } = await scene.get("/listeners?publication=a/b");
    equal(player.id, listener.id);
    deepEqual([player.backlog, player.backlog > 2_000], [listener.backlog, true]);
    equal(player.delay, 4_960);
    equal((await scene.get("/listeners?publication=none")).total, 0);
    deepEqual((await scene.get(`/clients/${listener.client.id}`)).plays, ["a/b"]);
  }));

Deno.test("a publisher's pause shows for ten seconds, one before it does not", () =>
  withScene(async (scene) => {
    const { hub, clock, connect } = scene;
    const begin = () => {
      const publication = decided(hub.publish(connect(), "film", PUBLISHER));
      publication.video(0, AVC_CONFIG);
      publication.video(0, KEY);
      return publication;
    };
    const first = begin();
    hub.subscribe(connect(), "film", new CountingSink());
    const gap = async () => (await scene.get("/publications/film")).video.gap;
    clock.advance(3_000);
    equal(await gap(), 3_000);
    first.video(3_000, INTER);
    clock.advance(2_000);
    equal(await gap(), 3_000);
    hub.unpublish(first);
    clock.advance(60_000);
    begin();
    clock.advance(100);
    equal(await gap(), 100);
  }));

Deno.test("lists have pages, an order and filters; what makes no sense is named", () =>
  withScene(async (scene) => {
    const { connect } = scene;
    const clients = Array.from({ length: 7 }, (_, index) => {
      const client = connect();
      client.address = `10.0.0.${index}:5000`;
      return client;
    });
    const ask = async (query: string) => {
      const { items, total } = await scene.get(`/clients?${query}`);
      return [items.map(({ address }: Client) => address.split(":")[0]!.slice(-1)).join(""), total];
    };
    deepEqual(await ask("size=3&sort=address"), ["012", 7]);
    deepEqual(await ask("size=3&page=2&sort=address"), ["6", 7]);
    deepEqual(await ask("size=3&page=99"), ["", 7]);
    deepEqual(await ask("sort=-address&size=2"), ["65", 7]);
    deepEqual(await ask("search=0.0.4"), ["4", 1]);
    deepEqual(await ask(`search=${clients[5]!.id.slice(3, 40).toUpperCase()}`), ["5", 1]);
    deepEqual(await ask("application=/none"), ["", 0]);
    deepEqual(await ask("protocol=rtmp&address=10.0.0.2"), ["2", 1]);
    const refused: [string, RegExp][] = [
      ["size=0", /^size: "0" is not a whole number from 1 to 500$/],
      ["size=501", /^size: "501" is not/],
      ["page=-1", /^page: "-1" is not a whole number from 0 to 1000000$/],
      ["page=1e3", /^page: "1e3" is not/],
      ["page=99999999999999999999", /^page: "9{20}" is not/],
      ["sort=name", /^sort: "name" is not one of since, -since/],
      ["protocol=ftp", /^protocol: "ftp" is not one of rtmp, rtmfp, http, websocket$/],
      ["colour=red", /^there is no "colour" here, but page, size/],
      ["__proto__=1", /^there is no "__proto__" here/],
      [`search=${"x".repeat(2_000)}`, /^search: "x{59}… is not a text of at most 1024 characters$/],
    ];
    for (const [query, message] of refused) {
      const [status, text] = await scene.refused("GET", `/clients?${query}`);
      equal(status, 400, query);
      match(text, message);
    }
  }));

Deno.test("a client that plays everything takes no more of the list than another", () =>
  withScene(async (scene) => {
    const { hub, connect } = scene;
    const client = connect();
    for (let count = 0; count < 100; count++) {
      hub.subscribe(client, `stream ${count}`, new CountingSink());
    }
    const { items: [shown] } = await scene.get("/clients?search=stream%2099");
    equal(shown.id, client.id);
    deepEqual([shown.plays.length, shown.plays[19]], [20, "stream 19"]);
    equal((await scene.get("/listeners?size=1")).total, 100);
  }));

Deno.test("acts are done, each with one line of the log", () =>
  withScene(async (scene) => {
    const { hub, clock, connect, calls } = scene;
    const written: unknown[] = [];
    const client = connect();
    client.writer = {
      ...client.writer,
      writeStatus: (code, text) => written.push([code, text]),
      close: () => hub.disconnect(client),
    };
    await scene.act(`/clients/${client.id}/kick`, { words: "go away" });
    deepEqual(written, [["Connect.Closed", "go away"]]);
    deepEqual([hub.clients.size, client.ending.reason], [0, "kicked: go away"]);
    match(
      scene.audit[0]!,
      /^NOTE admin audit: 127\.0\.0\.1:\d+: POST \/api\/v1\/clients\/\w+\/kick /,
    );
    match(scene.audit[0]!, /words "go away": done$/);

    const ban = await scene.act("/bans", {
      address: "::ffff:192.0.2.7",
      seconds: 60,
      words: "spam",
    });
    deepEqual(ban.entry, "192.0.2.7");
    equal(hub.bans.isBanned("192.0.2.7"), true);
    clock.advance(59_999);
    equal((await scene.get("/bans")).items[0].words, "spam");
    clock.advance(1);
    equal(hub.bans.isBanned("192.0.2.7"), false);
    await scene.act("/bans", { address: "10.0.0.0/8" });
    await scene.act("/bans/10.0.0.0%2F8", undefined, "DELETE");
    equal(hub.bans.isBanned("10.1.2.3"), false);

    const closed: unknown[] = [];
    decided(hub.publish(connect(), "film", { close: (...told) => closed.push(told) }));
    await scene.act("/publications/film/stop", { words: "enough" });
    deepEqual(closed, [["Publish.Failed", "enough"]]);
    hub.publishFromScript("own");
    await scene.act("/publications/own/stop");
    equal(hub.publication("own"), undefined);

    await scene.act("/relays/film/stop");
    await scene.act("/relays/film/start");
    await scene.act("/applications/%2F/restart");
    await scene.act("/applications/%2F/call", { name: "f", arguments: ["s3cret", 1] });
    deepEqual(calls.splice(0), [["stop"], ["start"], ["restart"], ["call", "f", ["s3cret", 1]]]);
    // Arguments may be keys: the line does not have them.
    match(scene.audit.at(-1)!, /call f with 2 arguments: done$/);
    await scene.act("/applications/%2F/evaluate", { source: "1 + 1" });
    match(scene.audit.at(-1)!, /evaluate source "1 \+ 1": done$/);
    await scene.act("/settings", { changes: { "smtp.password": "p4ssw0rd" } });
    deepEqual(calls.at(-1), ["change", "smtp.password"]);
    // Values may be secrets.
    match(scene.audit.at(-1)!, /settings smtp\.password: done$/);
    const bad = { changes: { bad: "1" } };
    const [, why] = await scene.refused("POST", "/settings", JSON_TYPE, bad);
    equal(why, "there is no key bad");
    await scene.act("/log/level", { level: "DEBUG" });
    equal(scene.parts.log.level, "DEBUG");
  }));

Deno.test("an act that fails says why, and its line of the log does too", () =>
  withScene(async (scene) => {
    scene.hasConsole = false;
    const bodies: [string, string, unknown, number, RegExp][] = [
      ["POST", "/clients/none/kick", {}, 404, /^there is no client none$/],
      ["POST", "/bans", { address: "nobody" }, 400, /'nobody' is no IP address/],
      ["DELETE", "/bans/192.0.2.9", undefined, 404, /is not banned$/],
      ["POST", "/publications/none/stop", {}, 404, /^none is not published$/],
      ["POST", "/relays/none/stop", {}, 404, /^there is no relay none$/],
      ["POST", "/applications/%2Fnone/restart", {}, 404, /^there is no application \/none$/],
      ["POST", "/applications/%2F/evaluate", { source: "1" }, 403, /console is switched off$/],
      ["POST", "/applications/%2F/call", { name: "bad" }, 403, /console is switched off$/],
    ];
    for (const [method, path, body, status, message] of bodies) {
      const [got, text] = await scene.refused(method, path, JSON_TYPE, body);
      equal(got, status, path);
      match(text, message);
      ok(scene.audit.at(-1)!.endsWith(`: ${text}`), scene.audit.at(-1));
    }
    equal(scene.audit.length, bodies.length);
    scene.hasConsole = true;
    const bad = await scene.refused("POST", "/applications/%2F/call", JSON_TYPE, { name: "bad" });
    deepEqual(bad, [400, "www/main.lua:4: no"]);
  }));

Deno.test("what is no act is not done, and makes no line", () =>
  withScene(async (scene) => {
    const { calls } = scene;
    const path = "/applications/%2F/evaluate";
    const source = { source: "1" };
    const bodies: [string, Record<string, string>, unknown, number, RegExp][] = [
      ["POST", {}, source, 415, /^acts need the content type application\/json$/],
      ["POST", { "content-type": "text/plain" }, source, 415, /content type/],
      ["POST", { "content-type": "application/x-www-form-urlencoded" }, "source=1", 415, /type/],
      ["POST", { ...JSON_TYPE, "content-encoding": "gzip" }, source, 415, /no content coding/],
      ["POST", JSON_TYPE, "{", 400, /^the body is no JSON: /],
      ["POST", JSON_TYPE, undefined, 400, /^the body is no JSON: /],
      ["POST", JSON_TYPE, [1], 400, /^the body is no object of JSON$/],
      ["POST", JSON_TYPE, { source: 1 }, 400, /^source: 1 is not a text of 1 to 32768 characters$/],
      ["POST", JSON_TYPE, { source: "x".repeat(40_000) }, 400, /^source: "xx/],
      ["POST", JSON_TYPE, {}, 400, /^source is missing: a text/],
      ["POST", JSON_TYPE, { ...source, colour: 1 }, 400, /^there is no "colour" here, but source$/],
      ["GET", {}, undefined, 405, /^GET is not understood here, but POST$/],
      ["PUT", JSON_TYPE, source, 405, /^PUT is not understood here, but POST$/],
    ];
    for (const [method, headers, body, status, message] of bodies) {
      const [got, text] = await scene.refused(method, path, headers, body);
      equal(got, status, text);
      match(text, message);
    }
    const large = await scene.ask("POST", path, JSON_TYPE, { source: "x".repeat(70_000) });
    equal(large.status, 413);
    const evil = { ...JSON_TYPE, origin: "http://evil.example" };
    equal((await scene.refused("POST", path, evil, source))[0], 403);
    const foreign = { ...JSON_TYPE, "sec-fetch-site": "same-site" };
    equal((await scene.refused("POST", path, foreign, source))[0], 403);
    const wrong = { ...JSON_TYPE, authorization: "Bearer nobody" };
    equal((await scene.refused("POST", path, wrong, source))[0], 401);
    deepEqual([calls.length, scene.audit.length], [0, 0]);
  }));

Deno.test("acts without end are slowed down, so that each has its line", () =>
  withScene(async (scene) => {
    let refused = 0;
    for (let count = 0; count < 130; count++) {
      const { status } = await scene.ask("POST", "/relays/film/stop", JSON_TYPE, {});
      if (status === 429) refused++;
    }
    deepEqual([scene.calls.length, scene.audit.length, refused], [100, 100, 30]);
    scene.clock.advance(1_000);
    equal((await scene.ask("POST", "/relays/film/stop", JSON_TYPE, {})).status, 200);
  }));

Deno.test("known secrets are in no answer, and no answer may be kept or framed", () =>
  withScene(async (scene) => {
    scene.lines.add({ at: 1, level: "WARN", name: "script", text: "s3cret" });
    const answers = [
      await scene.ask("GET", "/applications"),
      await scene.ask("GET", "/log"),
      await scene.ask("POST", "/applications/%2F/call", JSON_TYPE, { name: "f" }),
    ];
    for (const { status, text, headers } of answers) {
      equal(status, 200);
      ok(text.includes("***") && !text.includes("s3cret"), text);
      equal(headers.get("cache-control"), "no-store");
      equal(headers.get("x-frame-options"), "DENY");
      match(headers.get("content-security-policy")!, /frame-ancestors 'none'/);
      equal(headers.get("access-control-allow-origin"), undefined);
    }
  }));

Deno.test("who was refused, by whom and why, is listed with the script's line", () =>
  withScene(async (scene) => {
    const { hub, connect, events } = scene;
    const reader = events.read(({ kind }) => kind === "refusal")!;
    const client = connect();
    hub.handler = {
      ...hub.handler,
      onPublish() {
        const place = { file: "www/main.lua", line: 12 };
        throw new Refusal("Publish.Failed", "not today", { by: "script", place });
      },
    };
    throws(() => hub.publish(client, "film", PUBLISHER), /not today/);
    throws(() => hub.publish(client, "", PUBLISHER), /needs a name/);
    hub.publishFromScript("news");
    throws(() => hub.publish(client, "news", PUBLISHER), /already/);
    const { items } = await scene.get("/refusals");
    deepEqual(items.map((item: Shown) => [item.asked, item.name, item.by, item.why]), [
      ["publish", "news", "server", "news is already publishing"],
      ["publish", "", "server", "a stream needs a name"],
      ["publish", "film", "script", "not today"],
    ]);
    deepEqual([items[2].file, items[2].line], ["www/main.lua", 12]);
    equal(items[2].client.id, client.id);
    equal((await scene.get("/refusals?by=script&search=today")).total, 1);
    equal((await scene.get("/errors?application=/")).items[0].count, 2);
    match(
      new TextDecoder().decode(reader.takeBytes(9_999)),
      /event: refusal\n(?:[^]*refusal\n){2}/,
    );
    for (let count = 0; count < 1_000; count++) {
      throws(() => hub.publish(client, "", PUBLISHER));
    }
    equal((await scene.get("/refusals")).total, 200);
    // Names are the client's to choose.
    throws(() => hub.publish(client, "x".repeat(1_000_000), PUBLISHER));
    const { items: [long] } = await scene.get("/refusals?size=1");
    equal(long.name, `${"x".repeat(200)}…`);
  }));

Deno.test("lines of a file are shown around the one that is asked for", () =>
  withScene(async (scene) => {
    const show = async (query: string) => {
      const { from, total, lines } = await scene.get(
        `/applications/%2F/source?file=main.lua${query}`,
      );
      return [from, total, lines.join("")];
    };
    deepEqual(await show(""), [1, 5, "abcd"]);
    deepEqual(await show("&line=3&around=1"), [2, 5, "bcd"]);
    deepEqual(await show("&line=1&around=0"), [1, 5, "a"]);
    deepEqual(await show("&line=99"), [79, 5, ""]);
    const bad = await scene.refused("GET", "/applications/%2F/source?file=../x.lua");
    deepEqual(bad, [404, "../x.lua is no file that can be shown"]);
  }));

Deno.test("recordings are listed, begun and ended; a bad path is named", () =>
  withScene(async (scene) => {
    const { hub, connect, calls } = scene;
    decided(hub.publish(connect(), "film", PUBLISHER));
    deepEqual(await scene.get("/recordings?stream=fi*"), {
      items: [{
        stream: "fi*",
        application: "/",
        name: "film.mp4",
        format: "mp4",
        startedAt: 1_000,
        duration: 2_000,
        size: 3_000,
        gaps: [{ at: 10, length: 20 }],
      }],
      total: 1,
      page: 0,
      size: 50,
    });
    equal((await scene.get("/publications/film")).isRecorded, true);
    calls.length = 0;
    await scene.act("/publications/film/record", { path: "a/b", format: "flv" });
    deepEqual(await scene.act("/publications/film/stopRecording"), { stopped: 2 });
    const [[, , request], ...rest] = calls as [[string, string, Record<string, unknown>]];
    deepEqual([request.path, request.format], ["a/b", "flv"]);
    deepEqual(rest, [["stopRecording", "film"]]);
    const bad = await scene.ask("POST", "/publications/film/record", JSON_TYPE, { path: "../a" });
    deepEqual([bad.status, bad.text], [400, '{"error":"../a leaves the folder"}\n']);
  }));
