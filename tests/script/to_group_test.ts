import { deepEqual, match } from "node:assert/strict";
import type { GroupMember, GroupPublication } from "../../src/script/host.ts";
import { TestServer } from "./support.ts";

/** What a script put into groups: publication, specification, name. */
class Groups implements GroupMember {
  readonly asked: unknown[][] = [];
  readonly closed: string[] = [];

  play(spec: string, streamName: string, name: string, onOver: () => void): GroupPublication {
    if (streamName === "twice") throw new Error("is played already");
    return this.publish({ name }, spec, streamName, onOver);
  }

  publish(
    { name }: { name: string },
    spec: string,
    streamName: string,
    onOver: () => void,
  ): GroupPublication {
    if (!spec.startsWith("G:")) throw new Error("no group specification");
    this.asked.push([name, spec, streamName]);
    const { closed } = this;
    let isOver = false;
    return {
      get isOver() {
        return isOver;
      },
      peers: 3,
      close() {
        isOver = true;
        closed.push(streamName);
        onOver();
      },
    };
  }
}

const SCRIPT = `
function onPublish(client, publication)
  if publication.name == "wrong" then publication:toGroup("test") end
  own = publication:toGroup("G:00")
  named = publication:toGroup("G:00", "other")
end`;

Deno.test("a script puts a publication into a NetGroup until it or its application ends", () => {
  const groupMember = new Groups();
  using server = new TestServer({ "live/main.lua": SCRIPT }, { groupMember });
  const client = server.connect("/live");
  const publication = server.publish(client, "film");
  deepEqual(groupMember.asked, [
    [publication.name, "G:00", "film"],
    [publication.name, "G:00", "other"],
  ]);
  deepEqual(
    server.run("return own.name, named.name, own.peers, own.running, tostring(named)", "/live"),
    ["film", "other", 3, true, "other"],
  );
  server.run("own:close()", "/live");
  deepEqual(server.run("return own.running, named.running", "/live"), [false, true]);
  deepEqual(groupMember.closed, ["film"]);
  server.scripts.stop();
  deepEqual(groupMember.closed, ["film", "other"]);
});

Deno.test("a script is told why a publication cannot be put into a NetGroup", () => {
  using server = new TestServer({ "live/main.lua": SCRIPT }, { groupMember: new Groups() });
  const client = server.connect("/live");
  try {
    server.publish(client, "wrong");
  } catch {
    // The script failed.
  }
  match(server.log.lines.join(), /no group specification/);
  const publication = server.publish(client, "film");
  server.run(`film = mona.publications("film")`, "/live");
  server.hub.unpublish(publication);
  using off = new TestServer({ "live/main.lua": SCRIPT });
  try {
    off.publish(off.connect("/live"), "film");
  } catch {
    // The script failed.
  }
  match(off.log.lines.join(), /RTMFP is off/);
});

Deno.test("a script plays a stream of a NetGroup in its application", () => {
  const groupMember = new Groups();
  const script = `
function onStart()
  own = mona:fromGroup("G:00", "show")
  named = mona:fromGroup("G:00", "show", "evening")
  _, why = pcall(function() mona:fromGroup("G:00", "twice") end)
end`;
  using server = new TestServer({ "live/main.lua": script }, { groupMember });
  server.connect("/live");
  const names = server.hub.names;
  deepEqual(groupMember.asked, [
    [names.nameOf("/live", "show", "Publish.BadName"), "G:00", "show"],
    [names.nameOf("/live", "evening", "Publish.BadName"), "G:00", "show"],
  ]);
  match(String(server.run("return why", "/live")), /is played already/);
  server.run("own:close()", "/live");
  deepEqual(server.run("return own.running, named.running, own.name", "/live"), [
    false,
    true,
    "show",
  ]);
  server.scripts.stop();
  deepEqual(groupMember.closed, ["show", "show"]);
});
