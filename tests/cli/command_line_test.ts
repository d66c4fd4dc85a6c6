import { deepEqual, equal, match } from "node:assert/strict";
import { parseCommandLine } from "../../src/cli/command_line.ts";

function parse(...args: string[]) {
  const said = { out: "", err: "" };
  const output = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  };
  const request = parseCommandLine(args, { version: "1.2.3", cwd: "/here", output });
  return { request, ...said };
}

Deno.test("no argument runs with what is found", () => {
  deepEqual(parse().request, { do: "run", ini: undefined, overrides: [], dump: false });
});

Deno.test("the ini is an argument or an option, from the folder the person is in", () => {
  const { request } = parse("my.ini", "--dump", "--check");
  deepEqual(request, { do: "check", ini: "/here/my.ini", overrides: [], dump: true });
  deepEqual(parse("--config", "../my.ini").request, {
    do: "run",
    ini: "/my.ini",
    overrides: [],
    dump: false,
  });
});

Deno.test("every option of a key becomes that key, those of their own after --set", () => {
  const { request } = parse(
    ...["--port-rtmp", "1", "--port-rtmps=2", "--port-rtmfp", "3", "--port-http", "4"],
    ...["--port-https", "5", "--www", "w", "--data", "/d", "--log-level", "debug"],
    ...["--set", "HTTP.port=6", "--set", "servers.targets = a?b=c"],
  );
  deepEqual("overrides" in request && request.overrides, [
    { origin: "--set", path: "HTTP.port", value: "6" },
    { origin: "--set", path: "servers.targets", value: "a?b=c" },
    { origin: "--www", path: "application.www", value: "/here/w" },
    { origin: "--data", path: "data.directory", value: "/d" },
    { origin: "--log-level", path: "logs.level", value: "DEBUG" },
    { origin: "--port-rtmp", path: "RTMP.port", value: "1" },
    { origin: "--port-rtmps", path: "RTMPS.port", value: "2" },
    { origin: "--port-rtmfp", path: "RTMFP.port", value: "3" },
    { origin: "--port-http", path: "HTTP.port", value: "4" },
    { origin: "--port-https", path: "HTTPS.port", value: "5" },
  ]);
});

Deno.test("init names a folder", () => {
  deepEqual(parse("init", "site").request, { do: "init", folder: "/here/site" });
});

Deno.test("data is taken out and brought in, with the options of a start", () => {
  const data = { do: "data", ini: undefined, overrides: [], dump: false } as const;
  deepEqual(parse("data", "export").request, { ...data, action: "export", file: undefined });
  deepEqual(parse("data", "import", "old", "--config", "my.ini", "--data", "d").request, {
    ...data,
    action: "import",
    file: "/here/old",
    ini: "/here/my.ini",
    overrides: [{ origin: "--data", path: "data.directory", value: "/here/d" }],
  });
});

Deno.test("help and version are said and end well", () => {
  const help = parse("--help");
  deepEqual(help.request, { do: "nothing", exitCode: 0 });
  match(help.out, /--port-rtmfp <port>.*\n(.*\n)*.*init <folder>/);
  deepEqual(parse("-V"), { request: { do: "nothing", exitCode: 0 }, out: "1.2.3\n", err: "" });
});

const bad: [args: string[], said: string][] = [
  [["--prot-rtmp", "1"], "error: unknown option '--prot-rtmp'\n(Did you mean --port-rtmp?)\n"],
  [["--set"], "error: option '--set <key=value>' argument missing\n"],
  [["--set", "x"], "error: --set: 'x' is not of the form section.key=value\n"],
  [["--set", " =x"], "error: --set: ' =x' is not of the form section.key=value\n"],
  [["a.ini", "b.ini"], "error: one ini file at most, not 'a.ini', 'b.ini'\n"],
  [["inti"], "error: unknown command 'inti'\n(Did you mean init?)\n"],
  [["inti", "site"], "error: unknown command 'inti'\n(Did you mean init?)\n"],
  [["a.ini", "--config", "b.ini"], "error: two ini files, 'a.ini' and 'b.ini'; give one\n"],
  [["init"], "error: missing required argument 'folder'\n"],
  [["init", "--chekc", "x"], "error: unknown option '--chekc'\n(Did you mean --check?)\n"],
  [
    ["--log-level", "inof"],
    "error: --log-level: 'inof' is not one of FATAL, CRITIC, ERROR, WARN, NOTE, INFO, DEBUG, " +
    "TRACE\n(Did you mean INFO?)\n",
  ],
];
for (const [args, said] of bad) {
  Deno.test(`a bad command line names what is wrong when it is ${args.join(" ")}`, () => {
    const { request, err } = parse(...args);
    deepEqual(request, { do: "nothing", exitCode: 1 });
    equal(err, said);
  });
}
