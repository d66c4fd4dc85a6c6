import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readRecordRules, Recorder } from "../../src/recordings/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { MemoryStorage } from "../recordings/memory_storage.ts";
import { KEY, SETTINGS, settle } from "../recordings/scene.ts";
import { TestServer } from "./support.ts";

function start(files: Record<string, string>, rules = "") {
  const storage = new MemoryStorage();
  const { config } = loadConfig({ ini: { file: "my.ini", text: `[record]\n${rules}` } });
  let recorder: Recorder | undefined;
  const server = new TestServer(files, {}, ({ hub, clock, log }) => {
    recorder = new Recorder({
      hub,
      clock,
      log,
      storage,
      folder: "/rec",
      www: "/www",
      rules: readRecordRules(config).rules,
      settings: SETTINGS,
    });
    return hub.recordings = recorder;
  });
  return { server, storage, recorder: recorder! };
}

Deno.test("a script records what it wants, and is told when the file is whole", async () => {
  const { server, storage, recorder } = start({
    "live/main.lua": `
      function onPublish(client, publication)
        seen = publication.mode
        if publication.name == "bad" then publication:record("bad.flv") error("no") end
        publication:record("other.flv")
        before = { publication.recording, publication:stopRecording(), publication.recording }
        publication:record("%name/mine.flv", { maxTime = 10 })
      end
      function onRecorded(publication, file)
        told = { publication.name, file.name, file.stream, file.duration, file.size > 0,
          file.format, file.application, tostring(file), file.gaps }
      end`,
  });
  using _ = server;
  const client = server.connect("/live");
  try {
    server.publish(client, "bad");
  } catch {
    // Refused by the script.
  }
  const publication = server.publish(client, "film");
  publication.video(0, KEY);
  publication.video(40, KEY);
  publication.flush();
  deepEqual(
    server.run(`local p = mona.publications("film") return seen, p.recording, p.mode`, "/live"),
    ["live", true, "live"],
  );
  deepEqual(server.run("return table.unpack(before)", "/live"), [true, 1, false]);
  server.hub.unpublish(publication);
  await settle();
  const path = "/rec/live/film/mine.flv";
  deepEqual(storage.paths, [path, `${path}.json`]);
  deepEqual(server.run("return table.unpack(told)", "/live"), [
    ...["film", "film/mine.flv", "film", 40, true, "flv", "/live", path, 0],
  ]);
  const list = `local list = mona:recordings("fi*") return #list, list[1].name, list[1].start`;
  deepEqual(server.run(list, "/live"), [1, "film/mine.flv", 1_767_225_600_000]);
  deepEqual(server.run("return #mona:recordings()"), [0]);
  await recorder.close();
});

Deno.test("a script ends a recording, and what is no path or option is an error", async () => {
  const { server, storage, recorder } = start({
    "main.lua": `p = mona:publish("radio")
      function try(...)
        local ok, text = pcall(p.record, p, ...)
        return ok, text
      end`,
  }, "*=none");
  using _ = server;
  equal(server.run("p:record({ format = 'flv' }) return p.recording")[0], true);
  server.run(`p:pushAudio(0, string.char(0x2f, 1, 2)) p:flush() return p:stopRecording()`);
  deepEqual(server.run("return p.recording, p:stopRecording()"), [false, 0]);
  await settle();
  deepEqual(storage.paths.filter((path) => path.endsWith("flv")), [
    "/rec/radio/2026-01-01_00-00-00.flv",
  ]);
  for (
    const [call, text] of [
      ["'../a.flv'", /leads|has "\.\."/],
      ["'/a.flv'", /is not relative/],
      ["{ format = 'avi' }", /record writes flv.*, not avi/],
      ["{ maxTme = 5 }", /no option 'maxTme'/],
      ["{ maxTime = -5 }", /maxTime of record is a number from 0 on/],
      ["'a.flv', 7", /table expected/],
    ] as const
  ) {
    const [isDone, message] = server.run(`return try(${call})`);
    equal(isDone, false, call);
    match(String(message), text);
  }
  server.run("p:close()");
  const [isDone, message] = server.run("return try()");
  ok(
    !isDone && /radio is not published|no longer|not there/.test(String(message)),
    String(message),
  );
  await recorder.close();
});

Deno.test("a server that records nothing says so", () => {
  using server = new TestServer({ "main.lua": `p = mona:publish("radio")` });
  deepEqual(server.run("return p.recording, p:stopRecording()"), [false, 0]);
  const [isDone, message] = server.run("return pcall(p.record, p)");
  ok(!isDone && String(message).includes("nothing is recorded here"), String(message));
});
