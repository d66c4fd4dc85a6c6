import assert from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { Client, type Listener, type Publication } from "../../src/hub/mod.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { ENHANCED_TAGS } from "../vectors/enhanced_tags.ts";
import { decided } from "../support/decided.ts";

/** The bytes of one tag of the vectors, by its name. */
function tag(name: string): Uint8Array {
  const found = ENHANCED_TAGS.find((each) => each.name === name);
  return fromHex(found?.hex ?? "") ?? assert.fail(`no tag ${name}`);
}

function stage(gop = false) {
  const { hub } = fakeHub({}, { gop });
  const client = () =>
    new Client({
      protocol: "RTMP",
      address: "192.0.2.1:5000",
      path: "",
      query: "",
      properties: new Map(),
    });
  const publication = decided(hub.publish(client(), "test", { close: () => {} }));
  const sink = { ready: () => {}, overrun: () => {}, status: () => {} };
  return { publication, listen: () => decided(hub.subscribe(client(), "test", sink)) };
}

/** Appends tags of the vectors, all at one time. */
function give(publication: Publication, ...names: string[]): void {
  for (const name of names) {
    const { kind } = ENHANCED_TAGS.find((each) => each.name === name) ?? assert.fail(name);
    publication[kind](0, tag(name));
  }
  publication.flush();
}

/** The names of the tags that a listener has to send. */
function taken(listener: Listener): string[] {
  const names: string[] = [];
  for (let message = listener.next(); message; message = listener.next()) {
    const { payload } = message;
    const name = ENHANCED_TAGS.find(({ hex }) => hex === payload.toHex())?.name;
    names.push(name ?? `${message.kind} of ${payload.length} bytes`);
  }
  return names;
}

const HEADERS = [
  "HEVC sequence start",
  "AVC sequence start of track 1",
  "Opus sequence start",
  "Opus 5.1 channel layout",
  "Opus sequence start of track 1",
  "Opus channel layout of track 1",
  "HEVC colour, with the frame type of a command",
];

Deno.test("a newcomer gets the codec headers, colours and channel layouts of every track", () => {
  const { publication, listen } = stage();
  give(publication, ...HEADERS);
  assert.deepEqual(taken(listen()), HEADERS);
});

Deno.test("a codec header that comes again takes the older one's place, and is the last", () => {
  const { publication, listen } = stage();
  give(publication, "VP9 sequence start", ...HEADERS, "AV1 sequence start");
  // The colours were those of HEVC.
  assert.deepEqual(taken(listen()), [...HEADERS.slice(1, -1), "AV1 sequence start"]);
});

const START = ["HEVC sequence start", "AVC sequence start of track 1"];
const GROUP = ["HEVC key frame", "AVC key frame of track 1", "HEVC inter frame"];

Deno.test("a newcomer begins at a key frame of the first track, not of the second", () => {
  const { publication, listen } = stage();
  give(publication, ...START);
  const listener = listen();
  give(publication, "AVC key frame of track 1", "HEVC inter frame", ...GROUP);
  assert.deepEqual(taken(listener), [...START, ...START, ...GROUP]);
});

Deno.test("a kept group of pictures begins at the first track's key frame", () => {
  const { publication, listen } = stage(true);
  give(publication, ...START, ...GROUP);
  assert.deepEqual(taken(listen()), [...START, ...GROUP]);
});

Deno.test("a stream that has a second track only begins at that one's key frame", () => {
  const { publication, listen } = stage();
  give(publication, "AVC sequence start of track 1");
  const listener = listen();
  give(publication, "AVC inter frame of track 1", "AVC key frame of track 1");
  const header = "AVC sequence start of track 1";
  assert.deepEqual(taken(listener), [header, header, "AVC key frame of track 1"]);
});
