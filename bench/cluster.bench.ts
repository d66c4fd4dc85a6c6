/**
 * Calls between the scripts' side of two servers: how long one takes there and back, and how fast
 * broadcasts go out, over a link and over a NATS broker. Both servers are in this process, so the
 * figures are for both ends together.
 *
 *     deno bench --allow-all bench/cluster.bench.ts
 */
import { systemClock } from "../src/base/mod.ts";
import { Cluster, type ClusterOptions, openServerHandler } from "../src/cluster/mod.ts";
import { readValues, ValueReader } from "../src/codecs/mod.ts";
import { silentLog } from "../src/logs/mod.ts";
import { WriteScheduler } from "../src/net/mod.ts";

const BROADCASTS = 1_000;

/** A server whose calls come to `onCall`. */
class End {
  readonly cluster: Cluster;
  onCall: (name: string) => void = () => {};
  readonly up = Promise.withResolvers<void>();

  constructor(options: Partial<ClusterOptions>) {
    this.cluster = new Cluster({
      clock: systemClock,
      log: silentLog,
      scheduler: new WriteScheduler(systemClock),
      host: "",
      secret: "bench",
      ...options,
    });
    this.cluster.handler = {
      ...openServerHandler,
      onServerConnection: () => this.up.resolve(),
      onServerCall: (_server, name, args) => {
        readValues(args);
        this.onCall(name);
      },
    };
  }
}

async function pair(options: (first?: End) => Partial<ClusterOptions>): Promise<[End, End]> {
  const first = new End(options());
  first.cluster.listen("127.0.0.1", 0);
  first.cluster.connect();
  const second = new End(options(first));
  second.cluster.connect();
  await Promise.all([first.up.promise, second.up.promise]);
  return [first, second];
}

function bench(group: string, [first, second]: [End, End]): void {
  const args = () => new ValueReader(["film", 40, { level: 3, name: "one" }]);
  Deno.bench({
    name: `${group}: a call and its answer`,
    group: "call and answer",
    fn: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      second.onCall = () => second.cluster.servers.broadcast("answer", args());
      first.onCall = () => resolve();
      first.cluster.servers.broadcast("question", args());
      await promise;
    },
  });
  Deno.bench({
    name: `${group}: ${BROADCASTS} broadcasts, received`,
    group: "broadcasts",
    fn: async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      let left = BROADCASTS;
      second.onCall = () => {
        if (--left === 0) resolve();
      };
      for (let i = 0; i < BROADCASTS; i++) first.cluster.servers.broadcast("news", args());
      await promise;
    },
  });
}

bench(
  "link",
  await pair((first) => first ? { targets: `127.0.0.1:${first.cluster.port}` } : {}),
);

const broker = await startBroker();
if (broker === undefined) console.log("nats-server is not installed: only links are measured");
else {
  const nats = { servers: [broker], name: "bench" };
  bench("nats", await pair(() => ({ nats })));
}

/** The URL of a broker of our own, which ends with this process; undefined without nats-server. */
async function startBroker(): Promise<string | undefined> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  try {
    const child = new Deno.Command("nats-server", {
      args: ["-a", "127.0.0.1", "-p", String(port)],
      stdout: "null",
      stderr: "null",
    }).spawn();
    globalThis.addEventListener("unload", () => child.kill());
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  for (let i = 0; i < 100; i++) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return `nats://127.0.0.1:${port}`;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error("nats-server does not answer");
}
