import assert from "node:assert/strict";
import {
  appAddress,
  hostOfUrl,
  isBareQuery,
  isTool,
  placeOf,
  streamAddress,
} from "../../src/flash/address.ts";
import { costFault } from "../fuzz/cost.ts";

for (
  const [app, tcUrl, path, query] of [
    ["live", "rtmp://h/live", "/live", ""],
    ["live/", "rtmp://h/live/", "/live", ""],
    ["/live", "", "/live", ""],
    ["", "rtmp://h", "", ""],
    ["a/b//c", "", "/a/b/c", ""],
    ["live?key=1&x=y", "rtmp://h/live?key=2", "/live", "key=1&x=y"],
    ["live", "rtmp://h/live?key=2", "/live", "key=2"],
    ["my%20app", "", "/my app", ""],
    ["100%", "", "/100%", ""],
    [undefined, "rtmfp://h:1935/games/chess?room=3", "/games/chess", "room=3"],
    [undefined, "rtmp://h", "", ""],
    [" live\r\n", "rtmp://h/live\r\n", "/live", ""],
    [undefined, " rtmp://h/live\n", "/live", ""],
    ["a/b?key=v", "rtmp://h/a/b?key=v", "/a/b", "key=v"],
    ["live?", "rtmp://h/live?", "/live", ""],
  ] as const
) {
  Deno.test(`app ${app} at ${tcUrl} is the application "${path}" with "${query}"`, () => {
    const address = appAddress(app, tcUrl);
    assert.deepEqual([address.path, address.query], [path, query]);
  });
}

for (
  const [text, name, parameters] of [
    ["test", "test", {}],
    ["test?key=secret&n=1", "test", { key: "secret", n: "1" }],
    ["test?key=a%20b+c", "test", { key: "a b c" }],
    ["mp4:movie.mp4", "movie.mp4", {}],
    ["flv:a/b?x=1", "a/b", { x: "1" }],
    ["abc:name", "abc:name", {}],
    ["?key=1", "", { key: "1" }],
    [" test\r\n", "test", {}],
    ["\ttest?key=secret\n", "test", { key: "secret" }],
    ["", "", {}],
  ] as const
) {
  Deno.test(`stream "${text}" is called "${name}"`, () => {
    const address = streamAddress(text);
    assert.equal(address.name, name);
    assert.deepEqual(Object.fromEntries(address.parameters), parameters);
  });
}

Deno.test("host of a URL is what stands between the slashes", () => {
  assert.equal(hostOfUrl("rtmp://h.test:1936/live?x"), "h.test:1936");
  assert.equal(hostOfUrl("rtmp://h.test"), "h.test");
  assert.equal(hostOfUrl("live"), undefined);
});

Deno.test("encoders and players without a page are tools, Flash Player in a page is none", () => {
  assert.equal(isTool("FMLE/3.0 (compatible; FMSc/1.0)", ""), true);
  assert.equal(isTool("LNX 9,0,124,2", ""), true);
  assert.equal(isTool("LNX.11,1,102,55", ""), true);
  assert.equal(isTool("", ""), true);
  assert.equal(isTool("", "http://h/page.html"), false);
  assert.equal(isTool("LNX 11,2,202,235", "http://h/page.html"), false);
  assert.equal(isTool("WIN 32,0,0,465", ""), false);
});

const exists = (path: string) => ["", "/live", "/games/chess"].includes(path);

for (
  const [path, tool, place, instance] of [
    ["", true, "", ""],
    ["/live", true, "/live", ""],
    ["/live/room", true, "/live", "room"],
    ["/live/room", false, "/live/room", ""],
    ["/nosuch", true, "", "nosuch"],
    ["/nosuch", false, "/nosuch", ""],
    ["/nosuch/room", true, "/nosuch/room", ""],
    ["/games/chess/1", true, "/games/chess", "1"],
    ["/games/go/1", true, "/games/go/1", ""],
  ] as const
) {
  Deno.test(`${tool ? "a tool" : "Flash"} at ${path} is in "${place}", instance "${instance}"`, () => {
    const rules = { isTool: tool, hasInstances: false };
    assert.deepEqual(placeOf(path, rules, exists), { path: place, instance });
  });
}

for (
  const [path, tool, place, instance] of [
    ["/live", false, "/live", ""],
    ["/live/room", false, "/live", "room"],
    ["/live/room", true, "/live", "room"],
    ["/live/rooms/1", false, "/live", "rooms/1"],
    ["/games/chess/1", false, "/games/chess", "1"],
    ["/games/go/1", false, "/games/go/1", ""],
    // A misspelled name is no instance of the root application, except for tools.
    ["/nosuch", false, "/nosuch", ""],
    ["/nosuch", true, "", "nosuch"],
    [`/live/${"x".repeat(255)}`, false, "/live", "x".repeat(255)],
    [`/live/${"x".repeat(256)}`, false, `/live/${"x".repeat(256)}`, ""],
  ] as const
) {
  const who = tool ? "a tool" : "Flash";
  Deno.test(`with instances ${who} at ${path.slice(0, 20)} (${path.length}) is in "${place.slice(0, 20)}"`, () => {
    assert.deepEqual(placeOf(path, { isTool: tool, hasInstances: true }, exists), {
      path: place,
      instance,
    });
  });
}

Deno.test("a path of many segments takes time in proportion to them", () => {
  const path = "/a".repeat(30_000);
  const rules = { isTool: false, hasInstances: true };
  const fault = costFault(path.length, () => void placeOf(path, rules, exists));
  assert.equal(fault, undefined);
});

Deno.test("a stream name of spaces takes time in proportion to them", () => {
  const name = `${" ".repeat(30_000)}?`;
  const fault = costFault(name.length, () => assert.equal(isBareQuery(name), false));
  assert.equal(fault, undefined);
});
