import type { DataReader } from "../codecs/mod.ts";
import { callBody } from "./call.ts";
import { FrameType } from "./link/frame.ts";
import type { FrameBroadcaster, Server } from "./server.ts";

/** Some of the connected servers, in order of connection. */
export class Broadcaster implements Iterable<Server> {
  readonly #servers: ReadonlySet<Server>;
  readonly #belongs: (server: Server) => boolean;

  constructor(servers: ReadonlySet<Server>, belongs: (server: Server) => boolean = () => true) {
    this.#servers = servers;
    this.#belongs = belongs;
  }

  get count(): number {
    let count = 0;
    for (const _ of this) count++;
    return count;
  }

  *[Symbol.iterator](): Generator<Server> {
    for (const server of this.#servers) if (this.#belongs(server)) yield server;
  }

  /** The server at an index in order of connection, from 1. */
  at(index: number): Server | undefined {
    let position = 0;
    for (const server of this) if (++position === index) return server;
    return undefined;
  }

  /** The server of that address, public address or id. */
  find(name: string): Server | undefined {
    for (const server of this) {
      if (server.address === name || server.publicAddress === name || server.id === name) {
        return server;
      }
    }
    return undefined;
  }

  /** Where to send clients of a protocol: to any of these servers that stays. */
  redirectionsFor(protocol: string): readonly string[] {
    return [...this].flatMap((server) => server.isLeaving ? [] : server.redirectionsFor(protocol));
  }

  /**
   * Calls a method of each server's side; the arguments are read and encoded once.
   * @throws RangeError when the name or the whole is too long to be sent
   */
  broadcast(name: string, args: DataReader): void {
    this.write(FrameType.call, callBody(name, args));
  }

  /** Sends one frame to each. */
  write(type: number, body: Uint8Array): void {
    for (const server of [...this]) server.write(type, body);
  }
}

/** All connected servers. */
export class Servers extends Broadcaster {
  readonly #all: ReadonlySet<Server>;
  /** Those that connected to us. */
  readonly initiators: Broadcaster;
  /** Those that we connected to. */
  readonly targets: Broadcaster;

  constructor(servers: ReadonlySet<Server>) {
    super(servers);
    this.#all = servers;
    this.initiators = new Broadcaster(servers, (server) => !server.isTarget);
    this.targets = new Broadcaster(servers, (server) => server.isTarget);
  }

  /** What one broadcaster sends reaches all of its servers: it is sent once for them. */
  override write(type: number, body: Uint8Array): void {
    const broadcasters = new Set<FrameBroadcaster>();
    for (const server of [...this.#all]) {
      const { broadcaster } = server;
      if (broadcaster === undefined) server.write(type, body);
      else broadcasters.add(broadcaster);
    }
    for (const broadcaster of broadcasters) broadcaster.broadcast(type, body);
  }
}
