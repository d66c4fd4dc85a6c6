import {
  Client,
  Hub,
  type Listener,
  openHandler,
  type Publication,
  Refusal,
} from "../../src/hub/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { ValueReader } from "../../src/codecs/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { Member, type MemberOptions, turn, until } from "./member.ts";
import { decided } from "../support/decided.ts";

export const CONFIG = Uint8Array.of(0x17, 0, 0, 0, 0, 1);
export const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 2);
export const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 3);
export const SOUND = Uint8Array.of(0xaf, 1, 4);
export const METADATA = Uint8Array.of(3, 0, 0, 9);

/** A server that shares what its hub has. */
export class SharingMember extends Member {
  readonly hub: Hub;
  /** Streams that were closed by the server: names and codes. */
  readonly closed: string[] = [];
  /** Its application lets nobody publish. */
  refuses = false;

  constructor(options: MemberOptions = {}, hub = new Hub({ clock: new FakeClock() })) {
    super({ share: hub, ...options });
    this.hub = hub;
    hub.handler = {
      ...openHandler,
      onPublish: () => {
        if (this.refuses) throw new Refusal("Publish.BadName", "not here");
      },
    };
  }

  connect(protocol: "RTMP" | "RTMFP" = "RTMFP", rawId: Uint8Array | undefined = undefined): Client {
    const client = new Client({
      protocol,
      ...rawId && { rawId },
      address: "127.0.0.1:5",
      path: "",
      query: "",
      properties: new Map(),
    });
    this.hub.connect(client, new ValueReader([]));
    return client;
  }

  publish(name: string): Publication {
    const publication: Publication = decided(this.hub.publish(this.connect("RTMP"), name, {
      close: (code) => {
        this.closed.push(`${name} ${code}`);
        this.hub.unpublish(publication);
      },
    }));
    return publication;
  }

  play(name: string): Player {
    return new Player(this, name);
  }
}

/** A player that keeps what it gets. */
export class Player {
  readonly listener: Listener;
  readonly messages: MediaMessage[] = [];
  /** While true it takes nothing. */
  isSlow = false;
  readonly #hub: Hub;

  constructor({ hub }: SharingMember, name: string) {
    this.#hub = hub;
    const client = new Client({
      protocol: "RTMP",
      address: "127.0.0.1:6",
      path: "",
      query: "",
      properties: new Map(),
    });
    this.listener = decided(hub.subscribe(client, name, {
      ready: () => this.take(),
      overrun() {},
      status() {},
    }));
    this.take();
  }

  take(): void {
    if (this.isSlow || this.listener === undefined) return;
    for (let next = this.listener.next(); next; next = this.listener.next()) {
      this.messages.push(next);
    }
  }

  stop(): void {
    this.#hub.unsubscribe(this.listener);
  }

  /** What came, as `kind:first payload bytes`. */
  get seen(): string[] {
    return this.messages.map(({ kind, payload, name }) =>
      kind === "data" ? `data:${name}` : payload.length > 0 ? `${kind}:${payload.at(-1)}` : kind
    );
  }

  async until(count: number): Promise<void> {
    await until(() => this.messages.length >= count, () => this.seen.join(" "));
  }
}

/** Runs a test with servers of which each has all before it as targets. */
export async function withSharing(
  count: number,
  body: (...members: SharingMember[]) => Promise<void>,
): Promise<void> {
  const members: SharingMember[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const targets = members.map(({ address }) => address).join(";");
      const member = new SharingMember({ targets, secret: "x" });
      member.cluster.ports.set("RTMFP", 1935 + index).set("RTMP", 1945 + index);
      member.start();
      members.push(member);
    }
    await until(() => members.every(({ cluster }) => cluster.servers.count === count - 1));
    await body(...members);
  } finally {
    for (const member of members) member.stop();
    await turn(20);
  }
}
