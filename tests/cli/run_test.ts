import { deepEqual, equal, match, ok } from "node:assert/strict";
import { runCommand, type ServerOptions } from "../../src/cli/mod.ts";
import { inFolder, type TestSurroundings } from "./surroundings.ts";

/** A server that notes what happens to it. */
class TestServer {
  readonly events: string[] = [];
  options: ServerOptions | undefined;
  readonly #stopped = Promise.withResolvers<number>();
  readonly stopped = this.#stopped.promise;
  readonly started = Promise.withResolvers<void>();

  start = (options: ServerOptions) => {
    this.events.push("start");
    this.options = options;
    this.started.resolve();
    return Promise.resolve(this);
  };

  reload(why: string) {
    this.events.push(`reload ${why}`);
  }

  stop() {
    this.events.push("stop");
    this.#stopped.resolve(0);
    return Promise.resolve();
  }

  /** Stops by itself, as a script can ask for. */
  end(error?: Error) {
    if (error) this.#stopped.reject(error);
    else this.#stopped.resolve(0);
  }
}

const quiet = ["--set", "logs.directory="];

function command(args: string[], around: TestSurroundings, server = new TestServer()) {
  const program = {
    startServer: server.start,
    checkScript: () => undefined,
    checkNames: () => [],
    checkConfig: () => [],
  };
  return runCommand([...quiet, ...args], program, around);
}

Deno.test("a signal stops the server in order and the exit code is 0", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    const code = command([], around, server);
    await server.started.promise;
    around.signal("SIGTERM");
    equal(await code, 0);
    deepEqual(server.events, ["start", "stop"]);
    match(around.said, /NOTE {3}SIGTERM: stopping/);
    deepEqual(around.exits, []);
    ok(!around.listened);
  });
});

Deno.test("a hangup reads the settings again, and is the end where there is a terminal", async () => {
  await inFolder({}, async (around) => {
    around.hasTerminal = false;
    const server = new TestServer();
    const code = command([], around, server);
    await server.started.promise;
    await Promise.resolve();
    around.signal("SIGHUP");
    around.signal("SIGHUP");
    deepEqual(server.events, ["start", "reload SIGHUP", "reload SIGHUP"]);
    const source = server.options!.source!;
    equal(source.file, undefined);
    const more = [{ origin: "test", path: "live.gop", value: "true" }];
    equal(source.reread(more).config.live.gop, true);
    around.hasTerminal = true;
    around.signal("SIGHUP");
    equal(await code, 0);
    equal(server.events.at(-1), "stop");
  });
});

Deno.test("a second signal stops at once", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    server.stop = () => Promise.resolve();
    const code = command([], around, server);
    await server.started.promise;
    around.signal("SIGINT");
    await around.echo;
    around.signal("SIGINT");
    deepEqual(around.exits, [1]);
    server.end();
    equal(await code, 0);
  });
});

Deno.test("a signal that parent processes pass on as well stops the server in order", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    const echo = Promise.withResolvers<void>();
    around.echo = echo.promise;
    const code = command([], around, server);
    await server.started.promise;
    for (let times = 0; times < 3; times++) around.signal("SIGINT");
    echo.resolve();
    equal(await code, 0);
    deepEqual(server.events, ["start", "stop"]);
    deepEqual(around.exits, []);
  });
});

Deno.test("a signal while the server starts stops it when it has started", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    const start = server.start;
    server.start = (options) => {
      around.signal("SIGINT");
      return start(options);
    };
    const code = command([], around, server);
    equal(await code, 0);
    deepEqual(server.events, ["start", "stop"]);
  });
});

Deno.test("the log file is whole when the program ends", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    const code = command(["--set", "logs.directory=written"], around, server);
    await server.started.promise;
    around.signal("SIGINT");
    equal(await code, 0);
    match(await Deno.readTextFile(`${around.cwd}/written/log`), /NOTE {3}stopped\n$/);
  });
});

Deno.test("a server that ends by itself ends the program", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    const code = command([], around, server);
    await server.started.promise;
    server.end();
    equal(await code, 0);
  });
});

Deno.test("a server that cannot start or fails later is fatal, exit code 1", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    server.start = () => Promise.reject(new Error("no port left"));
    equal(await command([], around, server), 1);
    match(around.said, /FATAL {2}Error: no port left/);
    const other = new TestServer();
    const code = command([], around, other);
    await other.started.promise;
    other.end(new Error("broken"));
    equal(await code, 1);
    match(around.said, /FATAL {2}Error: broken/);
    ok(!around.listened);
  });
});

Deno.test("an uncaught error is logged and the server goes on", async () => {
  await inFolder({}, async (around) => {
    const server = new TestServer();
    const code = command([], around, server);
    await server.started.promise;
    around.stray(new Error("lost"));
    match(around.said, /CRITIC uncaught error: Error: lost\n {8}at /);
    around.signal("SIGINT");
    equal(await code, 0);
  });
});

Deno.test("the server gets its settings, its folders and logs; warnings are logged", async () => {
  const ini = "[Rtmp]\nport=5\ntimout=3\n[mine]\na=b\n";
  await inFolder({ "here/MonaServer.ini": ini, "here/www/main.lua": "" }, async (around) => {
    const server = new TestServer();
    const code = command(["--port-http", "0"], around, server);
    await server.started.promise;
    const options = server.options as ServerOptions;
    equal(options.config.RTMP.port, 5);
    equal(options.config.HTTP.port, 0);
    equal(options.places.www, `${around.cwd}/www`);
    equal(options.places.data, `${around.cwd}/data`);
    options.logger("rtmp").child("x").info("hello");
    server.end();
    equal(await code, 0);
    match(around.said, /WARN {3}config: .*MonaServer\.ini:3: Rtmp\.timout: no such key; did you/);
    match(around.said, /INFO {3}rtmp x: hello/);
  });
});

Deno.test("an error in the settings is said and nothing starts", async () => {
  await inFolder({ "here/my.ini": "[RTMP]\nport=x\n" }, async (around) => {
    const server = new TestServer();
    equal(await command(["my.ini", "--set", "HTTP.prot=1"], around, server), 1);
    deepEqual(server.events, []);
    deepEqual(around.complaints.split("\n"), [
      `${around.cwd}/my.ini:2: RTMP.port: "x" is not a port from 1 to 65535, or 0 for off`,
      "--set: HTTP.prot: no such key; did you mean HTTP.port?",
      "",
    ]);
  });
});

Deno.test("an ini that was named and cannot be read is an error", async () => {
  await inFolder({}, async (around) => {
    equal(await command(["none.ini"], around), 1);
    equal(around.complaints, `error: ${around.cwd}/none.ini: no such file or directory\n`);
  });
});

Deno.test("an ini in UTF-16 is an error that says so", async () => {
  await inFolder({}, async (around) => {
    const text = "\uFEFF[RTMP]\r\nport=0\r\n";
    await Deno.writeFile(
      `${around.cwd}/MonaServer.ini`,
      new Uint8Array(Uint16Array.from(text, (sign) => sign.charCodeAt(0)).buffer),
    );
    equal(await command([], around), 1);
    equal(
      around.complaints,
      `error: ${around.cwd}/MonaServer.ini is in UTF-16: save it as UTF-8\n`,
    );
  });
});

Deno.test("a file of a certificate that is none is an error with its key and line", async () => {
  const ini = "[HTTPS]\nport=443\ncertificate=none.pem\nkey=empty.pem\n";
  await inFolder({ "here/my.ini": ini, "here/empty.pem": "" }, async (around) => {
    equal(await command(["my.ini"], around), 1);
    deepEqual(around.complaints.replaceAll(`${around.cwd}/`, "").split("\n"), [
      "my.ini:3: HTTPS.certificate: none.pem: no such file or directory",
      "my.ini:4: HTTPS.key: empty.pem holds no PRIVATE KEY in PEM",
      "",
    ]);
  });
});

/** The `www/` and ini a start with these files uses, by their path under the test's folder. */
async function found(files: string[], args: string[], standalone: boolean): Promise<string[]> {
  let result: string[] = [];
  await inFolder(Object.fromEntries(files.map((file) => [file, ""])), async (around) => {
    const folder = around.cwd.slice(0, -"here".length);
    around.executable = `${folder}bin/monaserver`;
    around.isStandalone = standalone;
    const server = new TestServer();
    const code = command(args, around, server);
    await server.started.promise;
    const { places } = server.options as ServerOptions;
    result = [places.www, places.dir].map((path) => path.slice(folder.length));
    server.end();
    equal(await code, 0);
  });
  return result;
}

Deno.test("www is found here, beside the program, in the program, in this order", async () => {
  const all = ["here/www/a", "bin/www/a", "program/www/a"];
  deepEqual(await found(all, [], true), ["here/www", "here"]);
  deepEqual(await found(all.slice(1), [], true), ["bin/www", "here"]);
  deepEqual(await found(all.slice(2), [], true), ["program/www", "here"]);
  deepEqual(await found(all.slice(1), [], false), ["program/www", "here"]);
  deepEqual(await found([], [], true), ["here/www", "here"]);
});

Deno.test("a folder that was named is used, and none other when it is not there", async () => {
  const files = ["here/www/a", "here/pages/b"];
  deepEqual(await found(files, ["--www", "pages"], true), ["here/pages", "here"]);
  await inFolder({ "here/www/a": "" }, async (around) => {
    equal(await command(["--www", "pages"], around), 1);
    const missing = `${around.cwd}/pages: no such file or directory`;
    equal(around.complaints, `--www: application.www: ${missing}\n`);
  });
});

Deno.test("the ini beside the program serves when there is none here, with its folder", async () => {
  const files = ["bin/MonaServer.ini", "bin/www/a"];
  deepEqual(await found(files, [], true), ["bin/www", "bin"]);
  deepEqual(await found([...files, "here/MonaServer.ini", "here/www/a"], [], true), [
    "here/www",
    "here",
  ]);
  deepEqual(await found(files, [], false), ["here/www", "here"]);
});
