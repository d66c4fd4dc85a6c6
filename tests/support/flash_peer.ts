import { ByteReader } from "../../src/bytes/mod.ts";
import { Amf0Reader, readValues, type Value, writeValues } from "../../src/codecs/mod.ts";
import {
  type Delivery,
  type DeliveryOptions,
  type FlashMessage,
  type FlashOutput,
  type MessageFlow,
  MessageType,
  NetConnection,
  type NetConnectionOptions,
} from "../../src/flash/mod.ts";
import { commandMessage, CommandWriter } from "../../src/flash/command.ts";
import {
  type Handler,
  Hub,
  type HubOptions,
  type Listener,
  openHandler,
} from "../../src/hub/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { FakeClock } from "./fake_clock.ts";

/** What Flash Player says of itself when it connects. */
export const FLASH_PLAYER = {
  app: "live",
  tcUrl: "rtmp://server.test/live",
  flashVer: "WIN 32,0,0,465",
};

/** One message that a Flash client received. */
export interface Received {
  readonly stream: number;
  readonly type: number;
  /** Of commands and data: the AMF values, objects and arrays as plain JavaScript. */
  readonly values?: unknown[];
  /** Of other messages. */
  readonly payload?: Uint8Array;
}

/** Decoded values in a form that deepEqual compares: no prototypes, no maps. */
export function plain(value: Value | Value[]): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return { map: Object.fromEntries([...value].map(plainPair)) };
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== null) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(plainPair));
}

function plainPair([name, value]: [Value, Value]): [string, unknown] {
  return [String(name), plain(value)];
}

/** What a client makes of a message. */
export function received(stream: number, { type, payload }: FlashMessage): Received {
  const isAmf3 = type === MessageType.commandAmf3 || type === MessageType.dataAmf3;
  const isAmf = isAmf3 || type === MessageType.command || type === MessageType.data;
  if (!isAmf) return { stream, type, payload };
  const reader = new Amf0Reader(new ByteReader(payload, isAmf3 ? 1 : 0));
  return { stream, type, values: plain(readValues(reader)) as unknown[] };
}

/** A hub on a fake clock, with some of its handler's events scripted. */
export function fakeHub(
  handler: Partial<Handler> = {},
  options: Partial<HubOptions> = {},
): { hub: Hub; clock: FakeClock } {
  const clock = new FakeClock();
  const hub = new Hub({ ...options, clock });
  hub.handler = { ...openHandler, ...handler };
  return { hub, clock };
}

/** A Flash client without a network: what it sends reaches a NetConnection, and the reverse. */
export class FlashPeer implements FlashOutput {
  readonly connection: NetConnection;
  readonly hub: Hub;
  #received: Received[] = [];
  #media: [stream: number, message: MediaMessage][] = [];
  #transaction = 0;
  greetings = 0;
  ended = false;
  aborted: string | undefined;
  delivered: DeliveryOptions | undefined;
  closedFlows = 0;
  readonly mainFlow: MessageFlow = {
    send: (type, payload) => this.send(0, type, payload),
    flush: () => {},
    close: () => this.end(),
  };

  constructor(hub: Hub, options: Partial<NetConnectionOptions> = {}) {
    this.hub = hub;
    this.connection = new NetConnection({
      hub,
      output: this,
      log: silentLog,
      protocol: "RTMP",
      address: "192.0.2.1:5000",
      ...options,
    });
  }

  send(streamId: number, type: number, payload: Uint8Array): void {
    this.#received.push(received(streamId, { type, payload }));
  }

  greet(): void {
    this.greetings++;
  }

  deliver(streamId: number, listener: Listener, options: DeliveryOptions): Delivery {
    this.delivered = options;
    const ready = () => {
      for (let next = listener.next(); next; next = listener.next()) {
        this.#media.push([streamId, next]);
      }
    };
    ready();
    return { ready, close: () => {} };
  }

  openFlow(): MessageFlow {
    return { ...this.mainFlow, close: () => void this.closedFlows++ };
  }

  end(): void {
    this.ended = true;
  }

  abort(reason: string): void {
    this.aborted = reason;
    this.connection.close(reason);
  }

  /** Sends a command with the next transaction number; returns what came back. */
  command(stream: number, name: string, ...args: unknown[]): Received[] {
    return this.message(stream, commandMessage(false, name, ++this.#transaction, ...args));
  }

  /** Sends one message and ends the batch; returns what came back. */
  message(stream: number, { type, payload }: FlashMessage, time = 0): Received[] {
    this.connection.receive({ streamId: stream, type, time, payload });
    this.connection.flush();
    return this.take();
  }

  /** Sends connect with these parameters; returns what came back. */
  connect(object: Record<string, unknown> = {}, ...args: unknown[]): Received[] {
    const parameters = { ...FLASH_PLAYER, ...object };
    return this.message(0, connectMessage(++this.#transaction, parameters, ...args));
  }

  /** Connects and creates a stream; returns its id. */
  ready(object: Record<string, unknown> = {}): number {
    this.connect(object);
    return this.createStream();
  }

  createStream(): number {
    return this.command(0, "createStream")[0]?.values?.[3] as number;
  }

  /** Messages since the last call. */
  take(): Received[] {
    const messages = this.#received;
    this.#received = [];
    return messages;
  }

  /** Media since the last call. */
  takeMedia(): [stream: number, message: MediaMessage][] {
    const media = this.#media;
    this.#media = [];
    return media;
  }
}

/** A connect command. */
export function connectMessage(
  transaction: number,
  object: Record<string, unknown>,
  ...args: unknown[]
): FlashMessage {
  const writer = new CommandWriter(false, "connect", transaction, object);
  writeValues(writer.args, ...args);
  return writer.end();
}

/** The codes of all `onStatus` among messages, with the stream each came on. */
export function statuses(messages: readonly Received[]): [stream: number, code: string][] {
  return messages.filter(({ values }) => values?.[0] === "onStatus")
    .map(({ stream, values }) => [stream, (values?.[3] as { code: string }).code]);
}
