import assert from "node:assert/strict";
import type { TlsKeys } from "../../src/net/mod.ts";
import { type Listening, Ports } from "../../src/server/ports.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

const vectors = new URL("../vectors/tls/", import.meta.url);

function setUp(onFault: "retry" | "exit" = "retry") {
  const opened: string[] = [];
  const log = new CaptureLog();
  const clock = new FakeClock();
  const folder = Deno.makeTempDirSync();
  const ports = new Ports({
    log,
    logger: (name) => log.child(name),
    clock,
    bind: "192.0.2.1",
    folder,
    onFault,
    onOpen: (section, port) => void opened.push(`${section} ${port}`),
  });
  return { log, clock, folder, ports, opened };
}

function listening(port: number): Listening {
  const listener = Deno.listen({ hostname: "127.0.0.1", port });
  return { close: () => listener.close() };
}

/** Lets promises that are on their way settle. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("a taken port names its protocol and key, and the others still open", async () => {
  const { log, ports } = setUp();
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  ports.open({ section: "RTMP", transport: "TCP", port }, (given) => listening(given.port));
  let opened = 0;
  ports.open({ section: "HTTP", transport: "TCP", port: 1 }, () => {
    opened++;
    return { close: () => {} };
  });
  assert.equal(opened, 1);
  assert.match(
    log.lines.join("\n"),
    new RegExp(`TCP port ${port} is taken .*RTMP is off.*\\[RTMP\\]`),
  );
  taken.close();
  await ports.close();
});

Deno.test("ports are ready when each of them takes connections", async () => {
  const { ports } = setUp();
  const { promise, resolve } = Promise.withResolvers<void>();
  ports.open(
    { section: "HTTPS", transport: "TCP", port: 1 },
    () => ({ ready: promise, close: () => {} }),
  );
  ports.open({ section: "RTMP", transport: "TCP", port: 2 }, () => ({ close: () => {} }));
  let isReady = false;
  const ready = ports.ready().then(() => isReady = true);
  await settle();
  assert.equal(isReady, false);
  resolve();
  await ready;
  await ports.close();
});

Deno.test("a port that is taken opens as soon as it is free", async () => {
  const { log, ports, clock, opened } = setUp();
  let isFree = false;
  ports.open({ section: "RTMP", transport: "TCP", port: 1935 }, () => {
    if (!isFree) throw new Deno.errors.AddrInUse("in use");
    return { close: () => {} };
  });
  ports.open({ section: "HTTP", transport: "TCP", port: 1 }, () => ({ close: () => {} }));
  assert.deepEqual(opened, ["HTTP 1"]);
  assert.equal(ports.isFatal, false);
  assert.equal(ports.isComplete, false);
  clock.advance(5_000);
  assert.equal(log.at("ERROR").length, 1);
  assert.match(log.at("ERROR")[0]!, /TCP port 1935 is taken .*RTMP is off until it is free/);
  isFree = true;
  clock.advance(1_000);
  assert.deepEqual(opened, ["HTTP 1", "RTMP 1935"]);
  assert.match(log.lines.at(-1)!, /NOTE RTMP on TCP port 1935, which is free now/);
  assert.equal(ports.isComplete, true);
  clock.advance(5_000);
  assert.equal(opened.length, 2);
  await ports.close();
  assert.equal(clock.timers, 0);
});

Deno.test("with portFault=exit a port that is taken is the end of the server", () => {
  const { log, ports, clock } = setUp("exit");
  ports.open({ section: "HTTP", transport: "TCP", port: 1 }, () => ({ close: () => {} }));
  assert.equal(ports.isFatal, false);
  ports.open({ section: "RTMP", transport: "TCP", port: 1935 }, () => {
    throw new Deno.errors.AddrInUse("in use");
  });
  assert.equal(ports.isFatal, true);
  assert.match(log.at("ERROR")[0]!, /RTMP is off\. /);
  assert.equal(clock.timers, 0);
});

Deno.test("a port that nobody chose gives way to another with a warning", async () => {
  const { log, ports } = setUp();
  const tried: number[] = [];
  const wanted = { section: "HTTP", transport: "TCP", port: 80, fallback: 8080 } as const;
  ports.open(wanted, ({ port }) => {
    tried.push(port);
    if (port === 80) throw new Deno.errors.PermissionDenied("no");
    return { close: () => {} };
  });
  assert.deepEqual(tried, [80, 8080]);
  assert.match(
    log.lines.join("\n"),
    /WARN.*TCP port 80 may not be opened by this user: HTTP is on 8080/,
  );
  await ports.close();
});

Deno.test("an address of another machine is named, and no other port offered", async () => {
  const { log, ports } = setUp();
  ports.open({ section: "RTMP", transport: "TCP", port: 1 }, () => {
    throw new Deno.errors.AddrNotAvailable("Cannot assign requested address (os error 99)");
  });
  assert.match(log.lines.join("\n"), /this machine has no address 192\.0\.2\.1: RTMP is off/);
  assert.ok(ports.isFatal);
  ports.open({ section: "HTTP", transport: "TCP", port: 2 }, () => ({ close: () => {} }));
  assert.ok(!ports.isFatal);
  await ports.close();
});

Deno.test("a port that is 0 stays closed", () => {
  const { log, ports } = setUp();
  let opened = 0;
  ports.open({ section: "RTMP", transport: "TCP", port: 0 }, () => {
    opened++;
    return { close: () => {} };
  });
  assert.equal(opened, 0);
  assert.deepEqual(log.lines, []);
});

Deno.test("a listener that fails to close keeps none of the others open", async () => {
  const { log, ports } = setUp();
  let closed = 0;
  ports.open({ section: "RTMP", transport: "TCP", port: 1 }, () => ({
    close: () => Promise.reject(new Error("stuck")),
  }));
  ports.open(
    { section: "HTTP", transport: "TCP", port: 2 },
    () => ({ close: () => void closed++ }),
  );
  await ports.close();
  assert.equal(closed, 1);
  assert.match(log.lines.join("\n"), /RTMP did not close in order: stuck/);
});

Deno.test("a certificate that changes on disk is renewed, a missing one keeps the port closed", async () => {
  const { log, clock, folder, ports } = setUp();
  const copy = (name: string) => {
    for (const kind of ["cert", "key"]) {
      Deno.copyFileSync(new URL(`${name}.${kind}.pem`, vectors), `${folder}/${kind}.pem`);
    }
  };
  const wanted = { section: "RTMPS", transport: "TCP", port: 1 } as const;
  const files = { certificate: "cert.pem", key: "key.pem" };
  ports.open({ ...wanted, ...files }, () => assert.fail("opened without its files"));
  assert.match(log.lines.join("\n"), /RTMPS is off/);

  copy("one");
  const renewed: TlsKeys[] = [];
  ports.open({ ...wanted, ...files }, ({ tls }) => {
    assert.match(tls!.cert, /BEGIN CERTIFICATE/);
    return { close: () => {}, renew: (tls) => Promise.resolve(void renewed.push(tls)) };
  });
  clock.advance(5_000);
  await settle();
  assert.equal(renewed.length, 0);
  copy("two");
  Deno.utimeSync(`${folder}/cert.pem`, 1, 1);
  clock.advance(5_000);
  await settle();
  assert.deepEqual(
    renewed.map(({ cert }) => cert),
    [Deno.readTextFileSync(new URL("two.cert.pem", vectors))],
  );
  await ports.close();
  assert.equal(clock.timers, 0);
});
