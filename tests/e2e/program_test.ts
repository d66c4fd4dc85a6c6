import { deepEqual, equal, match } from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { bundle, commandLine, inTempFolder, program, said } from "./program.ts";

Deno.test("the program says its version", async () => {
  deepEqual(await said(["--version"]), { code: 0, out: `${project.version}\n`, err: "" });
});

Deno.test("a bad option ends the program with exit code 1", async () => {
  const { code, err } = await said(["--prot-http", "0"]);
  equal(code, 1);
  match(err, /Did you mean --port-http\?/);
});

Deno.test("init makes a folder that --check finds nothing wrong with", async () => {
  await inTempFolder(async (cwd) => {
    const made = await said(["init", "site"], { cwd });
    equal(made.code, 0, made.err);
    match(made.out, /written .*MonaServer\.ini\nwritten .*main\.lua\n/s);
    const checked = await said(["--check"], { cwd: `${cwd}/site` });
    match(checked.out, /^no faults in .*MonaServer\.ini and \d+ main\.lua below .*site\/www\n$/);
    equal(checked.code, 0);
  });
});

Deno.test("--check names the line of a bad key and of a Lua error", async () => {
  await inTempFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/www`);
    await Deno.writeTextFile(`${cwd}/www/main.lua`, "function onStart(\nend\n");
    await Deno.writeTextFile(`${cwd}/MonaServer.ini`, "[HTTP]\nport=eighty\n");
    const { code, out } = await said(["--check"], { cwd });
    equal(code, 1);
    match(out, /MonaServer\.ini:2: HTTP\.port: "eighty" is not a port/);
    match(out, /main\.lua:2: /);
  });
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} stops the server in order, with the log written and exit code 0`, async () => {
    await inTempFolder(async (cwd) => {
      const off = ["rtmp", "rtmfp", "http"].flatMap((name) => [`--port-${name}`, "0"]);
      const server = program(off, { cwd, stdout: "piped", stderr: "inherit" }).spawn();
      const reader = server.stdout.getReader();
      await reader.read();
      server.kill(signal);
      while (!(await reader.read()).done);
      deepEqual(await server.status, { success: true, code: 0, signal: null });
      match(await Deno.readTextFile(`${cwd}/logs/log`), /stopping.*\n(.*\n)*.* NOTE {3}stopped\n$/);
    });
  });
}

Deno.test("a terminal that closes stops the server in order, one without goes on at a hangup", async () => {
  await inTempFolder(async (cwd) => {
    const off = ["rtmp", "rtmfp", "http"].flatMap((name) => [`--port-${name}`, "0"]);
    const piped = { cwd, stdin: "null", stdout: "piped", stderr: "null" } as const;
    const supervised = program(off, piped).spawn();
    const lines = supervised.stdout.pipeThrough(new TextDecoderStream()).getReader();
    const reads = async (pattern: RegExp) => {
      for (let text = ""; !pattern.test(text);) text += (await lines.read()).value ?? "";
    };
    await reads(/server: started/);
    supervised.kill("SIGHUP");
    await reads(/config: SIGHUP: /);
    supervised.kill("SIGTERM");
    while (!(await lines.read()).done);
    equal((await supervised.status).code, 0);

    // A pseudo-terminal, whose other end goes away with the program that holds it.
    const folder = `${cwd}/terminal`;
    await Deno.mkdir(folder);
    const holder = new Deno.Command("script", {
      args: ["-qec", commandLine(off), "/dev/null"],
      cwd: folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const logged = async (pattern: RegExp) => {
      const log = () => Deno.readTextFile(`${folder}/logs/log`).catch(() => "");
      const end = Date.now() + 30_000;
      while (!pattern.test(await log()) && Date.now() < end) {
        await new Promise((resume) => setTimeout(resume, 100));
      }
      match(await log(), pattern);
    };
    await logged(/server: started/);
    holder.kill("SIGKILL");
    await holder.status;
    await logged(/SIGHUP: stopping.*\n(.*\n)*.* NOTE {3}stopped\n$/);
  });
});

Deno.test("os.exit in a script that is loaded stops the server in order with its code", async () => {
  await inTempFolder(async (cwd) => {
    await Deno.mkdir(`${cwd}/www`);
    await Deno.writeTextFile(`${cwd}/www/main.lua`, "os.exit(3)");
    const args = ["rtmp", "rtmfp", "http"].map((name) => `--port-${name}=0`);
    const { code, out } = await said(args, { cwd, signal: AbortSignal.timeout(60_000) });
    equal(code, 3);
    match(out, /stopped\n$/);
  });
});

Deno.test({
  name: "first starts at the same time unpack the one file once and all run",
  ignore: !bundle,
  async fn() {
    await inTempFolder(async (cwd) => {
      const env = { XDG_CACHE_HOME: `${cwd}/cache` };
      const all = await Promise.all([1, 2, 3].map(() => said(["--version"], { env })));
      deepEqual(all.map(({ code, err }) => [code, err]), [[0, ""], [0, ""], [0, ""]]);
      const [folder] = await Array.fromAsync(Deno.readDir(env.XDG_CACHE_HOME));
      const kept = await Array.fromAsync(Deno.readDir(`${env.XDG_CACHE_HOME}/${folder?.name}`));
      equal(kept.length, 1);
    });
  },
});

Deno.test({
  name: "what was unpacked and lost a file is unpacked again, with an empty PATH as well",
  ignore: !bundle,
  async fn() {
    await inTempFolder(async (cwd) => {
      const env = { XDG_CACHE_HOME: `${cwd}/cache`, PATH: "" };
      const version = { code: 0, out: `${project.version}\n`, err: "" };
      deepEqual(await said(["--version"], { env }), version);
      const cache = `${env.XDG_CACHE_HOME}/monaserver-${Deno.uid()}`;
      const [unpacked] = await Array.fromAsync(Deno.readDir(cache));
      await Deno.remove(`${cache}/${unpacked?.name}/main.js`);
      deepEqual(await said(["--version"], { env }), version);
      equal((await Array.fromAsync(Deno.readDir(cache))).length, 1);
    });
  },
});

Deno.test({
  name: "a cache folder that others can write to is not trusted",
  ignore: !bundle || Deno.build.os === "windows",
  async fn() {
    await inTempFolder(async (cwd) => {
      await Deno.mkdir(`${cwd}/cache/monaserver-${Deno.uid()}`, { recursive: true });
      await Deno.chmod(`${cwd}/cache/monaserver-${Deno.uid()}`, 0o777);
      const env = { XDG_CACHE_HOME: `${cwd}/cache`, HOME: `${cwd}/home`, TMPDIR: `${cwd}/none` };
      equal((await said(["--version"], { env })).code, 0);
      deepEqual(await Array.fromAsync(Deno.readDir(`${cwd}/cache/monaserver-${Deno.uid()}`)), []);
    });
  },
});
