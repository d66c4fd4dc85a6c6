/**
 * Handshakes, calls and media of RTMFP on the loopback interface; the server is a process of its own,
 * whose CPU time is read from /proc:
 *
 *     deno run -A bench/rtmfp.ts [SECONDS] [all|handshakes|calls|media] [plain|native|PORT:PID]
 *
 * `native` sends and encrypts by the system's own calls, PORT:PID is a server that runs already.
 */
import { systemClock } from "../src/base/mod.ts";
import { ByteWriter, encodeText } from "../src/bytes/mod.ts";
import { defaults, loadConfig } from "../src/config/mod.ts";
import { Amf0Writer, writeValues } from "../src/codecs/mod.ts";
import { Hub, openHandler } from "../src/hub/mod.ts";
import { silentLog } from "../src/logs/mod.ts";
import { openNativeEngine, useCryptoEngine } from "../src/crypto/mod.ts";
import { bindUdp, openNativeUdp } from "../src/net/mod.ts";
import {
  DEFAULT_SETTINGS,
  Endpoint,
  Identity,
  PLAIN_PROTECTION,
  Priority,
  type RecvFlow,
  RtmfpListener,
  type SendFlow,
  type Session,
} from "../src/protocols/rtmfp/mod.ts";

const HOST = "127.0.0.1";
/** 2.6 Mbit/s at 25 frames and 43 sounds a second. */
const FRAME = new Uint8Array(12_300).fill(0x27);
const SOUND = new Uint8Array(400).fill(0xaf);
const PLAYERS = 15;
/** Clients that open sessions one after the other. */
const LANES = 40;
/** Milliseconds between two frames, and between two sounds. */
const FRAME_INTERVAL = 40;
const SOUND_INTERVAL = 1000 / 43;

async function serve(isNative: boolean): Promise<void> {
  const datagramCalls = isNative ? { datagramCalls: await openNativeUdp() } : {};
  if (isNative) useCryptoEngine(openNativeEngine());
  const { soundWait } = loadConfig().config.live;
  const hub = new Hub({ clock: systemClock, soundWait });
  hub.handler = {
    ...openHandler,
    onCall: ({ args, reply }) => void args.read(reply()),
  };
  const listener = new RtmfpListener({
    hub,
    log: silentLog,
    settings: { ...DEFAULT_SETTINGS, handshakes: 1e6 },
    bind: (receive) => bindUdp({ hostname: HOST, port: 0, ...datagramCalls }, receive),
  });
  console.log(listener.port);
}

class BenchClient {
  session: Session | undefined;
  messages = 0;
  bytes = 0;
  datagrams = 0;
  onMessage: (type: number) => void = () => {};
  opened = Promise.withResolvers<void>();
  readonly #flows = new Map<number, SendFlow>();
  readonly #port: number;
  readonly #endpoint: Endpoint;
  readonly #socket = bindUdp({ hostname: HOST, port: 0 }, (datagram, from) => {
    this.datagrams++;
    this.bytes += datagram.length;
    this.#endpoint.receive(datagram, from);
  });

  /** With `strict`, packets have HMAC and sequence numbers, both ways. */
  constructor(port: number, group: 2 | 14, strict = false) {
    const { hmacLength } = PLAIN_PROTECTION;
    this.#port = port;
    this.#endpoint = new Endpoint({
      keepalive: defaults.RTMFP.keepAliveServer,
      clock: systemClock,
      protection: {
        hmacLength,
        sendHmac: strict,
        requireHmac: strict,
        sendSequence: strict,
        requireSequence: strict,
      },
      identity: new Identity({ acceptsAncillaryData: false, groups: [group] }),
      send: (datagram, to) => this.#socket.send(datagram, to),
    }, { onHello: () => "ignore", onSession: () => ({ onFlow: () => {}, onClose: () => {} }) });
    this.connect();
  }

  /** Opens a session, in place of the one before. */
  connect(): void {
    const app = "live";
    this.session?.close();
    this.#flows.clear();
    this.opened = Promise.withResolvers();
    this.#endpoint.open({
      discriminator: { ancillaryData: encodeText(`rtmfp://${HOST}/${app}`) },
      addresses: [{ host: HOST, port: this.#port }],
      onOpen: (session) => {
        this.session = session;
        this.command(0, "connect", 1, { app, tcUrl: `rtmfp://${HOST}/${app}`, objectEncoding: 0 });
        this.opened.resolve();
        return { onFlow: (flow) => this.#onFlow(flow), onClose: () => {} };
      },
    });
  }

  command(stream: number, name: string, transaction: number, ...args: unknown[]): void {
    const output = new ByteWriter().u8(20).u32(0);
    writeValues(new Amf0Writer(output, "never"), name, transaction, ...args);
    this.flow(stream).write(output.take());
  }

  flow(stream: number): SendFlow {
    let flow = this.#flows.get(stream);
    if (!flow) {
      const metadata = Uint8Array.of(0x54, 0x43, 4, stream);
      flow = this.session!.openFlow(metadata, { priority: Priority.immediate });
      this.#flows.set(stream, flow);
    }
    return flow;
  }

  /** Resolves once this many messages have come since the start. */
  async received(count: number): Promise<void> {
    while (this.messages < count) {
      await new Promise<void>((resolve) => this.onMessage = () => resolve());
    }
  }

  close(): void {
    this.#endpoint.close();
    setTimeout(() => this.#socket.close(), 50);
  }

  #onFlow(flow: RecvFlow): void {
    flow.accept({
      onMessage: (message) => {
        this.messages++;
        this.onMessage(message[0] ?? 0);
      },
    }, { capacity: 1_000_000 });
  }
}

/** CPU seconds that a process, or a thread of it, has used, in user and system mode. */
function cpuOf(pid: number, thread?: number): { user: number; system: number; all: number } {
  const folder = thread === undefined ? `/proc/${pid}` : `/proc/${pid}/task/${thread}`;
  const stat = Deno.readTextFileSync(`${folder}/stat`).split(") ")[1]!.split(" ");
  const user = Number(stat[11]) / 100;
  const system = Number(stat[12]) / 100;
  return { user, system, all: user + system };
}

async function handshakes(port: number, pid: number, group: 2 | 14, seconds: number) {
  const start = performance.now();
  const cpu = cpuOf(pid).all;
  const main = cpuOf(pid, pid).all;
  let count = 0;
  const lane = async () => {
    const client = new BenchClient(port, group);
    while (performance.now() - start < seconds * 1000) {
      const { messages } = client;
      await client.opened.promise;
      await client.received(messages + 1);
      count++;
      client.connect();
    }
    client.close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  const rate = count * 1000 / (performance.now() - start);
  const each = (cpuOf(pid).all - cpu) / count * 1000;
  const ofMain = (cpuOf(pid, pid).all - main) / count * 1000;
  console.log(
    `handshakes, group ${group}: ${rate.toFixed(0)}/s, server ${each.toFixed(2)} CPU-ms each, ` +
      `${ofMain.toFixed(2)} of them in its main thread`,
  );
}

async function calls(port: number, pid: number, inFlight: number, seconds: number) {
  const client = new BenchClient(port, 2);
  await client.opened.promise;
  await client.received(1);
  const start = performance.now();
  const cpu = cpuOf(pid).all;
  let count = 0;
  const done = Promise.withResolvers<void>();
  const call = () => client.command(0, "echo", 10, null, count);
  client.onMessage = () => {
    count++;
    if (performance.now() - start < seconds * 1000) call();
    else done.resolve();
  };
  for (let i = 0; i < inFlight; i++) call();
  await done.promise;
  const rate = count * 1000 / (performance.now() - start);
  const each = (cpuOf(pid).all - cpu) / count * 1_000_000;
  console.log(
    `calls, ${inFlight} in flight: ${rate.toFixed(0)}/s, server ${each.toFixed(1)} CPU-µs each`,
  );
  client.close();
}

async function media(port: number, pid: number, strict: boolean, seconds: number) {
  const name = strict ? "hmac" : "checksum";
  const clients = Array.from({ length: PLAYERS + 1 }, () => new BenchClient(port, 2, strict));
  const [publisher, ...players] = clients;
  for (const client of clients) {
    await client.opened.promise;
    client.command(0, "createStream", 2, null);
    await client.received(2);
  }
  publisher!.command(1, "publish", 0, null, name);
  for (const player of players) player.command(1, "play", 0, null, name);
  await Promise.all(players.map((player) => player.received(5)));
  const send = (type: number, time: number, payload: Uint8Array) => {
    publisher!.flow(1).write(
      new ByteWriter(payload.length + 5).u8(type).u32(time).bytes(payload).take(),
    );
  };
  send(9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const sum = (of: (player: BenchClient) => number) => players.reduce((all, p) => all + of(p), 0);
  const before = {
    cpu: cpuOf(pid),
    bytes: sum((p) => p.bytes),
    datagrams: sum((p) => p.datagrams),
  };
  const start = performance.now();
  for (let frame = 0, sound = 0; frame < seconds * 1000;) {
    const time = Math.min(frame, sound);
    const wait = start + time - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (time === sound) {
      send(8, Math.round(sound), SOUND);
      sound += SOUND_INTERVAL;
    } else {
      send(9, frame, FRAME);
      frame += FRAME_INTERVAL;
    }
  }
  const cpu = cpuOf(pid);
  const bytes = sum((p) => p.bytes) - before.bytes;
  const datagrams = sum((p) => p.datagrams) - before.datagrams;
  const used = cpu.all - before.cpu.all;
  const perGigabyte = used / (bytes / 1e9);
  console.log(
    `media to ${PLAYERS} players, ${name}: ${
      (bytes / 1e6).toFixed(0)
    } MB in ${datagrams} datagrams, ` +
      `${perGigabyte.toFixed(1)} CPU-s/GB, ${
        (used / datagrams * 1e6).toFixed(1)
      } CPU-µs a datagram ` +
      `(${((cpu.user - before.cpu.user) / used * 100).toFixed(0)} % in user mode)`,
  );
  for (const client of clients) client.close();
}

if (Deno.args[0] === "serve") await serve(Deno.args[1] === "native");
else {
  const [seconds = "10", kind = "all", at = "plain"] = Deno.args;
  const server = at.includes(":") ? running(at) : await begun(at);
  await run(kind, Number(seconds), server);
  await server.stop();
  Deno.exit(0);
}

/** A server that runs in a process. */
interface Server {
  readonly port: number;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

async function run(kind: string, seconds: number, { port, pid }: Server): Promise<void> {
  const wants = (name: string) => kind === "all" || kind === name;
  if (Deno.build.os === "linux") useCryptoEngine(openNativeEngine());
  if (wants("handshakes")) {
    await handshakes(port, pid, 2, seconds / 4);
    await handshakes(port, pid, 14, seconds / 4);
  }
  if (wants("calls")) {
    await calls(port, pid, 1, seconds / 2);
    await calls(port, pid, 50, seconds / 2);
  }
  if (!wants("media")) return;
  await media(port, pid, false, seconds);
  await media(port, pid, true, seconds);
}

/** One that others started, as PORT:PID. */
function running(at: string): Server {
  const [port = 0, pid = 0] = at.split(":").map(Number);
  return { port, pid, stop: () => Promise.resolve() };
}

async function begun(kind: string): Promise<Server> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", import.meta.filename ?? "", "serve", kind],
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.getReader();
  const port = Number(new TextDecoder().decode((await reader.read()).value));
  const stop = async () => {
    server.kill();
    await reader.cancel();
    await server.status;
  };
  return { port, pid: server.pid, stop };
}
