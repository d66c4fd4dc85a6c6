import type { ByteOutput } from "../../src/net/mod.ts";
import { SharedObject } from "../../src/assets/shared_objects.js";
import type { Clock } from "../../src/base/mod.ts";
import { decodeText, encodeText } from "../../src/bytes/mod.ts";
import { ValueReader } from "../../src/codecs/mod.ts";
import type { SharedObjects } from "../../src/flash/mod.ts";
import { Client, type Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSocketSession } from "../../src/protocols/websocket/mod.ts";
import type { FlashClient } from "../rtmfp/flash_client.ts";
import { FlashPeer } from "./flash_peer.ts";
import {
  CLEAR,
  heardObject,
  ObjectCopy,
  objectMessage,
  remove,
  send,
  type SentEvent,
  set,
  USE,
} from "./object_client.ts";

/** Somebody who uses one object, by any protocol. */
export interface ObjectPlayer {
  /** Its copy: names and values, in the order of the names. */
  readonly slots: [string, unknown][];
  readonly heard: number;
  set(name: string, value: unknown): void;
  remove(name: string): void;
  clear(): void;
  send(text: string): void;
  /** Loses its connection, and comes again to this server. */
  reconnect(server: PlayedServer): void;
  /** Takes what has come, where that does not come by itself. */
  poll(): void;
}

/** A server that players reach. */
export interface PlayedServer {
  readonly hub: Hub;
  readonly objects: SharedObjects;
}

/** Delivers in order, each after a while that differs. */
export class Line {
  readonly #clock: Clock;
  readonly #random: () => number;
  #due = 0;

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  push(run: () => void): void {
    const now = this.#clock.now();
    this.#due = Math.max(this.#due, now + Math.floor(this.#random() * 40));
    this.#clock.after(this.#due - now, run);
  }
}

/** What the players of one test share. */
export interface Scene {
  readonly clock: Clock;
  readonly random: () => number;
  readonly name: string;
  readonly persistent: boolean;
}

/** Flash clients: the copy is kept as Flash Player does. */
abstract class FlashPlayer implements ObjectPlayer {
  protected copy = new ObjectCopy();
  readonly #scene: Scene;
  readonly #isAmf3: boolean;

  constructor(scene: Scene, isAmf3: boolean) {
    this.#scene = scene;
    this.#isAmf3 = isAmf3;
  }

  get slots(): [string, unknown][] {
    return this.copy.slots;
  }

  get heard(): number {
    return this.copy.messages.length;
  }

  set(name: string, value: unknown): void {
    this.copy.set(name, value);
    this.say(set(name, value, this.#isAmf3));
  }

  remove(name: string): void {
    this.copy.set(name, undefined);
    this.say(remove(name));
  }

  clear(): void {
    this.say(CLEAR);
  }

  send(text: string): void {
    this.say(send("heard", text));
  }

  protected use(): void {
    const again = this.copy.takeDirty();
    this.say(USE);
    for (const [name, value] of again) {
      if (value === undefined) this.remove(name);
      else this.set(name, value);
    }
  }

  protected say(...events: SentEvent[]): void {
    const { name, persistent } = this.#scene;
    const { version } = this.copy;
    this.tell(objectMessage({ name, persistent, version, amf3: this.#isAmf3 }, ...events));
  }

  protected abstract tell(message: { type: number; payload: Uint8Array }): void;
  abstract reconnect(server: PlayedServer): void;
  abstract poll(): void;
}

/** A client of RTMP behind lines that are slow. */
export class RtmpPlayer extends FlashPlayer {
  readonly #scene: Scene;
  readonly #encoding: number;
  #peer: FlashPeer | undefined;
  #up: Line | undefined;

  constructor(scene: Scene, encoding: 0 | 3) {
    super(scene, encoding === 3);
    this.#scene = scene;
    this.#encoding = encoding;
  }

  reconnect({ hub, objects }: PlayedServer): void {
    const { clock, random } = this.#scene;
    this.#peer?.connection.close();
    const peer = this.#peer = new FlashPeer(hub, { objects });
    peer.connect({ objectEncoding: this.#encoding });
    this.#up = new Line(clock, random);
    const down = new Line(clock, random);
    peer.send = (_stream, type, payload) => {
      if (type !== 16 && type !== 19) return;
      down.push(() => {
        if (this.#peer === peer) this.copy.hear(heardObject(type, payload));
      });
    };
    this.use();
  }

  protected tell(message: { type: number; payload: Uint8Array }): void {
    const peer = this.#peer;
    this.#up?.push(() => {
      if (this.#peer !== peer || peer === undefined) return;
      peer.connection.receive({ ...message, streamId: 0, time: 0 });
      peer.connection.flush();
    });
  }

  poll(): void {}
}

/** A client of RTMFP, on a network that loses packets. */
export class RtmfpPlayer extends FlashPlayer {
  readonly #connect: () => FlashClient;
  #client: FlashClient | undefined;

  constructor(scene: Scene, connect: () => FlashClient) {
    super(scene, false);
    this.#connect = connect;
  }

  reconnect(): void {
    this.#client?.session?.close();
    this.#client = this.#connect();
    this.use();
  }

  protected tell({ type, payload }: { type: number; payload: Uint8Array }): void {
    this.#client?.send(0, type, 0, payload);
  }

  poll(): void {
    for (const payload of this.#client?.take(19) ?? []) this.copy.hear(heardObject(19, payload));
  }
}

/** A page with the script that comes with the server. */
export class PagePlayer implements ObjectPlayer {
  readonly #scene: Scene;
  readonly #object: SharedObject;
  #session: WebSocketSession | undefined;
  #up: Line | undefined;
  heard = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#object = new SharedObject(
      scene.name,
      scene.persistent,
      (...parts: unknown[]) => this.#tell(["__sharedObject", ...parts]),
    );
    this.#object.on("heard", () => this.heard++);
  }

  get slots(): [string, unknown][] {
    return Object.entries<unknown>(this.#object.data).sort(([a], [b]) => a < b ? -1 : 1);
  }

  set(name: string, value: unknown): void {
    this.#object.set({ [name]: value });
  }

  remove(name: string): void {
    this.#object.set({ [name]: null });
  }

  clear(): void {
    this.#object.clear();
  }

  send(text: string): void {
    this.#object.send("heard", text);
  }

  reconnect({ hub, objects }: PlayedServer): void {
    const { clock, random } = this.#scene;
    this.#session?.onClosed(undefined);
    const client = new Client({
      protocol: "WebSocket",
      address: "192.0.2.9:1",
      path: "/live",
      query: "",
      properties: new Map(),
    });
    const down = new Line(clock, random);
    const output: ByteOutput = {
      send: (bytes) => {
        const text = textOf(bytes);
        if (text === undefined) return;
        down.push(() => {
          if (this.#session === session) this.#object.hear(...JSON.parse(text).slice(2));
        });
      },
      attach: () => {},
      detach: () => {},
      wake: () => {},
      end: () => {},
      abort: () => {},
    };
    const settings = { timeout: 0, maxMessage: 1_000_000, maxText: 1_000_000 };
    const session = this.#session = new WebSocketSession({
      hub,
      client,
      outbox: output,
      settings,
      log: silentLog,
      objects,
    });
    this.#up = new Line(clock, random);
    void hub.connect(client, new ValueReader([]));
    session.open();
    this.#object.use();
  }

  #tell(message: unknown): boolean {
    const session = this.#session;
    if (session === undefined) return false;
    this.#up?.push(() => {
      if (this.#session === session) session.onText(encodeText(JSON.stringify(message)));
    });
    return true;
  }

  poll(): void {}
}

/** The text of a server's frame; undefined for one that has none. */
function textOf(frame: Uint8Array): string | undefined {
  if ((frame[0]! & 15) !== 1) return undefined;
  const start = frame[1]! < 126 ? 2 : frame[1] === 126 ? 4 : 10;
  return decodeText(frame.subarray(start));
}
