import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Broker, type Login } from "./broker.ts";
import { Cable } from "./cable.ts";
import { frame, Peer } from "./peer.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";

/** How the servers of a cluster find each other. */
export type Way = "link" | "broker";
export const WAYS: readonly Way[] = ["link", "broker"];

export interface ClusterOptions {
  /** Which server connects to which by links; default each to those before it. */
  readonly targets?: (index: number, other: number) => boolean;
  /** The second server finds the others by a cable, which a test can cut. */
  readonly cabled?: boolean;
  /** Who may log in to the broker. */
  readonly login?: Login;
  /** More settings, such as `live.gop=true`. */
  readonly set?: readonly string[];
  /** Script of the root application. */
  readonly main?: string;
  /** Script of the application /live. */
  readonly live?: string;
}

/** Servers of one cluster on this machine, with the application /live, and their clients. */
export class Scene {
  readonly servers: RunningProgram[] = [];
  readonly folder: string;
  readonly broker: Broker | undefined;
  readonly ports: readonly number[];
  readonly #options: ClusterOptions;
  readonly #peers: Peer[] = [];
  #cable: Cable | undefined;
  #started = 0;

  constructor(way: Way, count: number, folder: string, options: ClusterOptions) {
    this.folder = folder;
    this.#options = options;
    this.ports = Array.from({ length: count }, freePort);
    if (way === "broker") this.broker = new Broker(options);
  }

  async open(): Promise<void> {
    const { main, live, cabled } = this.#options;
    await Deno.mkdir(`${this.folder}/www/live`, { recursive: true });
    if (main !== undefined) await Deno.writeTextFile(`${this.folder}/www/main.lua`, main);
    if (live !== undefined) await Deno.writeTextFile(`${this.folder}/www/live/main.lua`, live);
    await this.broker?.start();
    if (cabled) this.#cable = new Cable(this.broker?.port ?? this.ports[0]!);
    for (const index of this.ports.keys()) await this.start(index);
    const others = this.ports.length - 1;
    await Promise.all(this.servers.map((server) => server.logged(/is connected, as/, others)));
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await Promise.all(this.#peers.map((peer) => peer.close()));
    await this.#cable?.close();
    await this.broker?.kill();
  }

  get cable(): Cable {
    assert.ok(this.#cable, "the scene has a cable");
    return this.#cable;
  }

  /** Starts a server, or one that was killed: its port for others stays. */
  async start(index: number): Promise<RunningProgram> {
    return this.servers[index] = await runServer({
      www: `${this.folder}/www`,
      data: `${this.folder}/data${this.#started++}`,
      set: [
        "servers.secret=s3",
        "cluster.share=true",
        `servers.port=${this.ports[index]}`,
        ...this.#finding(index),
        ...this.#options.set ?? [],
      ],
    });
  }

  /** A client of a server's stream "film", which is closed after the test. */
  async client(server: RunningProgram, does: "play" | "publish"): Promise<Peer> {
    const peer = await Peer.open(server, does);
    this.#peers.push(peer);
    return peer;
  }

  #finding(index: number): string[] {
    const isCabled = index === 1 && this.#cable !== undefined;
    if (this.broker !== undefined) {
      return this.broker.settings(isCabled ? this.cable.port : this.broker.port);
    }
    const { targets = (index, other) => other < index } = this.#options;
    const list = this.ports.flatMap((port, other) => {
      if (!targets(index, other)) return [];
      return [`127.0.0.1:${isCabled ? this.cable.port : port}?name=target${port}`];
    });
    return [`servers.targets=${list.join(";")}`];
  }
}

/** Runs a test with a cluster that is stopped after it. */
export function withCluster(
  way: Way,
  count: number,
  body: (scene: Scene) => Promise<void>,
  options: ClusterOptions = {},
): Promise<void> {
  return inTempFolder(async (folder) => {
    const scene = new Scene(way, count, folder, options);
    try {
      await scene.open();
      await body(scene);
    } finally {
      await scene.close();
    }
  });
}

/** Waits until something is true; `explain` is for the case that it never is. */
export async function until(what: () => boolean, explain: () => string): Promise<void> {
  const end = Date.now() + 90_000;
  while (!what()) {
    assert.ok(Date.now() < end, explain());
    await sleep(20);
  }
}

/**
 * Publishes key frames, from a number on, until all players have got one of them: they get all
 * that comes from then on. Returns the next number.
 */
export async function begin(
  publisher: Peer,
  players: readonly Peer[],
  from = 0,
): Promise<number> {
  const streamId = await publisher.started.promise;
  let next = from;
  await until(() => {
    publisher.write(frame(next++, streamId, { isKey: true }));
    return players.every(({ frames }) => (frames.at(-1) ?? -1) >= from);
  }, () => `no frame came: ${JSON.stringify(players.map(({ ended, frames }) => [ended, frames]))}`);
  return next;
}

/** What servers complained of. */
export function complaints(server: RunningProgram): string[] {
  return server.log().match(/ (WARN|ERROR|CRITIC) .*/g) ?? [];
}
