import { Cluster, type ClusterOptions } from "../../src/cluster/mod.ts";
import type { Value } from "../../src/codecs/mod.ts";
import { systemClock } from "../../src/base/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { clusterExtension } from "../../src/script/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { TestServer } from "../script/support.ts";
import { turn } from "./member.ts";

/** A server with scripts and a cluster, on loopback. */
export class Scripted {
  readonly cluster: Cluster;
  readonly server: TestServer;
  readonly log = new CaptureLog();
  readonly scheduler = new WriteScheduler(systemClock);

  constructor(files: string | Record<string, string>, options: Partial<ClusterOptions> = {}) {
    this.cluster = new Cluster({
      clock: systemClock,
      log: this.log,
      scheduler: this.scheduler,
      host: "",
      ...options,
    });
    this.server = new TestServer(files, {
      extensions: (host) => [clusterExtension(host, this.cluster)],
    });
  }

  start(): this {
    this.cluster.listen("127.0.0.1", 0);
    this.cluster.connect();
    return this;
  }

  get address(): string {
    return `127.0.0.1:${this.cluster.port}`;
  }

  run(source: string): Value[] {
    return this.server.run(source);
  }

  /** Waits until a Lua expression is true. */
  async until(expression: string): Promise<void> {
    for (let round = 0; round < 2000; round++) {
      if (this.run(`return ${expression}`)[0] === true) return;
      await turn();
    }
    throw new Error(`never true: ${expression}\n${this.server.log.lines.join("\n")}`);
  }
}

/**
 * Runs a test with servers that are stopped after it. Each connects to all that were made before
 * it, with `query` in its targets.
 */
export async function withServers(
  scripts: readonly (string | Record<string, string>)[],
  body: (...servers: Scripted[]) => Promise<void> | void,
  query = "",
  options: (index: number) => Partial<ClusterOptions> = () => ({}),
): Promise<void> {
  const servers: Scripted[] = [];
  try {
    for (const [index, script] of scripts.entries()) {
      const targets = servers.map(({ address }) => `${address}${query}`).join(";");
      const made = new Scripted(script, { targets, ...options(index) });
      servers.push(made);
      made.cluster.ports.set("RTMFP", 1935 + index).set("RTMP", 1945 + index)
        .set("RTMPS", 1955 + index);
      made.start();
      // One after the other: servers are listed in the order of their connection.
      await made.until(`mona.servers.count == ${index}`);
    }
    for (const server of servers) await server.until(`mona.servers.count == ${scripts.length - 1}`);
    await body(...servers);
  } finally {
    for (const { cluster } of servers) cluster.stop();
    await turn(20);
    for (const { server, scheduler } of servers) {
      server[Symbol.dispose]();
      scheduler.close();
    }
  }
}
