import assert from "node:assert/strict";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

const INI = `[live]
names=application
[access]
publish.* = none
publish.live/* = key:kanarienvogel
play.* = any
play.live/secret* = key:zaunkoenig
files.* = any
files.members/* = key:zaunkoenig
connect.* = any
connect.closed/* = none
`;

/** Ways to spell a path of /live, /members or /closed, from `/`. */
function spellings(application: string, name: string): string[] {
  const [first = "", ...rest] = application;
  const coded = `%${first.charCodeAt(0).toString(16)}${rest.join("")}`;
  return [
    `/${application}/${name}`,
    `/hello/../${application}/${name}`,
    `/hello/%2e%2e/${application}/${name}`,
    `/hello/..%2f${application}/${name}`,
    `/${application}%2f${name}`,
    `/${application}%5c${name}`,
    `/${application}\\${name}`,
    `//${application}/${name}`,
    `/${application}//${name}`,
    `/./${application}/./${name}`,
    `/${coded}/${name}`,
    `/%25${coded.slice(1)}/${name}`,
    `/${application.toUpperCase()}/${name}`,
    `/${application}/${name}/`,
    `/${application}/${name}%00`,
    `/${application};a=b/${name}`,
    `/hello/${application}/${name}`,
    `/${application}./${name}`,
    `http://other/${application}/${name}`,
  ];
}

async function staged(run: (server: RunningProgram, folder: string) => Promise<void>) {
  for (const name of ["ffmpeg", "curl"]) await requireProgram(name);
  await inTempFolder(async (folder) => {
    for (const name of ["live", "hello", "members", "closed"]) {
      await Deno.mkdir(`${folder}/www/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/www/members/a.txt`, "for members");
    await Deno.writeTextFile(
      `${folder}/www/closed/main.lua`,
      `function onConnection(client) NOTE("somebody is in") end`,
    );
    await Deno.writeTextFile(`${folder}/my.ini`, INI);
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      args: [`${folder}/my.ini`],
    });
    try {
      await run(server, folder);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

/** What a request gives whose path is sent as it is. */
async function curl(server: RunningProgram, path: string, ...args: string[]): Promise<string> {
  const target = ["--path-as-is", "--request-target", path];
  const { out } = await runProgram("curl", [
    ...["-s", "-m", "1", ...target, ...args, `http://127.0.0.1:${server.http}/`],
  ]);
  return out;
}

Deno.test("no spelling of a path walks around a rule over HTTP", () =>
  staged(async (server, folder) => {
    await Deno.writeTextFile(`${folder}/empty.flv`, "FLV\x01\x05\0\0\0\x09\0\0\0\0");
    const publisher = new Deno.Command("ffmpeg", {
      args: [
        ...["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=25"],
        ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-t", "60", "-f", "flv"],
        `rtmp://127.0.0.1:${server.rtmp}/live/secret?key=kanarienvogel`,
      ],
    }).spawn();
    try {
      await server.logged(/publishes live\/secret\n/);
      const published = server.count(/ publishes /);
      const size = ["-o", `${folder}/out`, "-w", "%{http_code} %{size_download}"];
      const all = async (paths: string[], check: (path: string) => Promise<void>) => {
        await Promise.all(paths.map(check));
      };
      await all(spellings("live", "secret.flv"), async (path) => {
        const { out } = await runProgram("curl", [
          ...["-s", "-m", "1", "--path-as-is", "--request-target", path],
          ...[`http://127.0.0.1:${server.http}/`],
        ]);
        assert.doesNotMatch(out, /^FLV/, path);
      });
      await all(
        spellings("live", "x.flv"),
        async (path) => void await curl(server, path, "-T", `${folder}/empty.flv`, ...size),
      );
      assert.equal(server.count(/ publishes /), published);
      await all(spellings("members", "a.txt"), async (path) => {
        assert.doesNotMatch(await curl(server, path), /for members/, path);
      });
      assert.equal(await curl(server, "/members/a.txt?key=zaunkoenig"), "for members");
      await all(spellings("closed", ""), async (path) => void await curl(server, path));
      assert.doesNotMatch(server.log(), /somebody is in/);
    } finally {
      publisher.kill("SIGKILL");
      await publisher.status;
    }
  }));

Deno.test("no application and no name walks around a rule over RTMP", () =>
  staged(async (server) => {
    const places = [
      ["hello", "live/x"],
      ["hello", "../live/x"],
      ["hello", "/live/x"],
      ["live/../live", "x"],
      ["Live", "x"],
      ["live/", "x"],
      ["live", "x/"],
      ["live", "mp4:x"],
      ["/live", "x?key=wrong"],
      ["live%2fx", "y"],
      ["hello/live", "x"],
      ["", "live/x"],
    ];
    await Promise.all(places.map(([app = "", path = ""]) =>
      runProgram("ffmpeg", [
        ...["-v", "error", "-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", "-f", "flv"],
        ...["-rtmp_app", app, "-rtmp_playpath", path, `rtmp://127.0.0.1:${server.rtmp}/live/x`],
      ])
    ));
    assert.equal(server.count(/ publishes /), 0);
    assert.ok(server.count(/refused: /) >= places.length - 4, server.log());
  }));
