import { deepEqual, equal, ok } from "node:assert/strict";
import {
  describeFault,
  loadConfig,
  portFallback,
  portFault,
  secretsOf,
} from "../../src/config/mod.ts";

const load = (text: string) => loadConfig({ ini: { file: "my.ini", text } });
const faultsOf = (text: string) => load(text).faults.map(describeFault);

Deno.test("every key has its default when nothing is set", () => {
  const { config, faults } = loadConfig();
  deepEqual(faults, []);
  equal(config.RTMP.port, 1935);
  equal(config.HTTP.timeout, 7000);
  equal(config.live.gop, false);
  equal(config.host, "");
  ok(!config.isSet("HTTP.port"));
});

Deno.test("sections and keys match without regard to case", () => {
  const { config, faults } = load("HOST=a.example\n[rtmp]\nPORT=1936\n[Websocket]\nTimeOut = 5\n");
  deepEqual(faults, []);
  equal(config.host, "a.example");
  equal(config.RTMP.port, 1936);
  equal(config.WebSocket.timeout, 5000);
  ok(config.isSet("rtmp.port"));
});

Deno.test("a key set to its default counts as set", () => {
  const { config } = load("[HTTP]\nport=80");
  ok(config.isSet("HTTP.port"));
  ok(!config.isSet("HTTP.timeout"));
});

Deno.test("the command line goes over the file", () => {
  const { config, faults } = loadConfig({
    ini: { file: "my.ini", text: "[HTTP]\nport=81\ntimeout=9" },
    overrides: [{ origin: "--set", path: "http.PORT", value: "8080" }],
  });
  deepEqual(faults, []);
  equal(config.HTTP.port, 8080);
  equal(config.HTTP.timeout, 9000);
});

const bad: [name: string, text: string, fault: string][] = [
  [
    "a port that is no number",
    "[RTMP]\n\nport=x",
    'my.ini:3: RTMP.port: "x" is not a port from 1 to 65535, or 0 for off',
  ],
  [
    "a port out of range",
    "[RTMP]\nport=65536",
    'my.ini:2: RTMP.port: "65536" is not a port from 1 to 65535, or 0 for off',
  ],
  [
    "an empty number",
    "[RTMFP]\nkeepAlivePeer=",
    'my.ini:2: RTMFP.keepAlivePeer: "" is not a whole number of seconds from 5 to 255',
  ],
  [
    "a number below its range",
    "[RTMFP]\nkeepAlivePeer=4",
    'my.ini:2: RTMFP.keepAlivePeer: "4" is not a whole number of seconds from 5 to 255',
  ],
  ["a bad truth", "[live]\ngop=maybe", 'my.ini:2: live.gop: "maybe" is not true or false'],
  [
    "a word that is no choice",
    "[smtp]\ntls=ssl",
    'my.ini:2: smtp.tls: "ssl" is not one of auto, always, never',
  ],
  [
    "a comment behind a number",
    "[HTTP]\ntimeout=7 ; seconds",
    'my.ini:2: HTTP.timeout: "7 ; seconds" is not a whole number of seconds from 0 to 86400; ' +
    "a comment needs a line of its own",
  ],
  [
    "a line without equals sign",
    "[HTTP]\nport 80",
    'my.ini:2: "port 80" is neither "key=value", "[section]" nor a comment (;)',
  ],
  [
    "a section without its bracket",
    "[HTTP\nport=80",
    'my.ini:1: "[HTTP" is neither "key=value", "[section]" nor a comment (;)',
  ],
  [
    "a line without a name",
    "=5",
    'my.ini:1: "=5" is neither "key=value", "[section]" nor a comment (;)',
  ],
  [
    "two sections in a line",
    "[a][b]",
    'my.ini:1: "[a][b]" is neither "key=value", "[section]" nor a comment (;)',
  ],
  [
    "a value of a million letters",
    `[RTMP]\nport=${"9".repeat(1_000_000)}`,
    `my.ini:2: RTMP.port: "${"9".repeat(80)}…" is not a port from 1 to 65535, or 0 for off`,
  ],
  [
    "one TCP port for two protocols",
    "[HTTP]\nport=1935",
    "my.ini:2: HTTP.port: RTMP and HTTP cannot share TCP port 1935",
  ],
  [
    "a certificate of [servers] without its key",
    "[servers]\nport=1936\ncertificate=a.pem",
    "my.ini:2: servers.port: servers needs servers.key, a file in PEM",
  ],
  [
    "a value for a section",
    "http=1",
    "my.ini:1: http: is a section: set a key of it, as HTTP.port",
  ],
  [
    "TLS without a key",
    "[HTTPS]\nport=443\ncertificate=a.pem",
    "my.ini:2: HTTPS.port: HTTPS needs HTTPS.key, a file in PEM",
  ],
];
for (const [name, text, expected] of bad) {
  Deno.test(`a fault names file, line, key, value and what was wanted for ${name}`, () => {
    deepEqual(faultsOf(text), [expected]);
    equal(load(text).faults[0]?.grade, "error");
  });
}

Deno.test("a key that looks like a slip is a warning that names the nearest key", () => {
  const { faults, config } = load("[rtmp]\nprot=1936");
  deepEqual(faults.map(describeFault), [
    "my.ini:2: rtmp.prot: no such key; did you mean RTMP.port?",
  ]);
  equal(faults[0]?.grade, "warning");
  equal(config.RTMP.port, 1935);
});

Deno.test("a slip in a section's name is a warning when its key is known there", () => {
  deepEqual(faultsOf("[RTPM]\nport=1"), [
    "my.ini:2: RTPM.port: no such section; did you mean RTMP.port?",
  ]);
  deepEqual(faultsOf("[RTPM]\nmine=1"), []);
});

Deno.test("a slip on the command line is an error", () => {
  const { faults } = loadConfig({
    overrides: [{ origin: "--set", path: "HTTP.prot", value: "1" }],
  });
  deepEqual(faults.map(describeFault), [
    "--set: HTTP.prot: no such key; did you mean HTTP.port?",
  ]);
  equal(faults[0]?.grade, "error");
});

Deno.test("a section without a key on the command line is an error", () => {
  const { faults } = loadConfig({
    overrides: [{ origin: "--set", path: "HTTP.", value: "1" }],
  });
  deepEqual(faults.map(describeFault), ["--set: HTTP.: no key is named"]);
});

Deno.test("a key set twice keeps the last value and is a warning", () => {
  const { faults, config } = load("[HTTP]\nport=81\nPort=82");
  equal(config.HTTP.port, 82);
  deepEqual(faults.map(describeFault), ["my.ini:3: HTTP.Port: was already set in line 2"]);
});

Deno.test("a bad value leaves the default, and a later good one counts", () => {
  const { config } = load("[HTTP]\nport=x\nport=81");
  equal(config.HTTP.port, 81);
  const refused = load("[HTTP]\nport=x").config;
  equal(refused.HTTP.port, 80);
  ok(!refused.isSet("HTTP.port"));
  equal(load("[HTTP]\nport=81\nport=x").config.HTTP.port, 81);
});

Deno.test("values keep semicolons, equals signs and inner spaces", () => {
  const { config } = load("[servers]\ntargets = a:1?name=x&y=z;b:2 c \n");
  equal(config.servers.targets, "a:1?name=x&y=z;b:2 c");
});

Deno.test("byte order mark, carriage returns and comments are no settings", () => {
  const { config, faults } = load("\uFEFFhost=h\r\n; port=1\r\n# port=2\r\n[RTMP]\r\nport=3\r\n");
  deepEqual(faults, []);
  equal(config.host, "h");
  equal(config.RTMP.port, 3);
});

Deno.test("a port that cannot be opened names the protocol and the key to change", () => {
  const http = { section: "HTTP", transport: "TCP", port: 80, bind: "192.0.2.1" } as const;
  const refusal = { ...http, reason: "forbidden" } as const;
  equal(
    portFault({ ...http, section: "RTMP", port: 1935, reason: "taken" }),
    "TCP port 1935 is taken by another program: RTMP is off. " +
      'To choose another, set "port" in [RTMP], or start with --set RTMP.port=NUMBER',
  );
  equal(
    portFallback(refusal, 8080),
    "TCP port 80 may not be opened by this user: HTTP is on 8080 instead. " +
      'To choose another, set "port" in [HTTP], or start with --set HTTP.port=NUMBER',
  );
  equal(
    portFault({ ...http, reason: { message: "no route" } }),
    "TCP port 80 cannot be opened (no route): HTTP is off",
  );
  equal(
    portFault({ ...http, reason: "elsewhere" }),
    'this machine has no address 192.0.2.1: HTTP is off. Set "bind" to an address of this ' +
      "machine, or to 0.0.0.0",
  );
});

Deno.test("secrets of the settings are those of their keys and the passwords in URLs", () => {
  const { config } = load(
    "[smtp]\npassword=mail-secret\n[cluster]\ntoken=short\nnats=nats://me:broker-secret@a:4222\n" +
      "[relay]\nshow=push rtmp://a/b rtmp://me:relay-secret@c/d\n[servers]\ntargets=a:1?name=master",
  );
  deepEqual(secretsOf(config), ["broker-secret", "relay-secret", "mail-secret"]);
});
