import { ownBytes, ProtocolError } from "../../../bytes/mod.ts";
import {
  decodeUserControl,
  type Delivery,
  type DeliveryOptions,
  type FlashOutput,
  isRequest,
  type MessageFlow,
  MessageType,
  NetConnection,
  type SharedObjects,
  UserEvent,
} from "../../../flash/mod.ts";
import { type Hub, type InputCharge, type Listener } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import { type PausableInput, type Turn, type Turns, Weight } from "../../../net/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import { CLOSE_GRACE, STREAM_WINDOW } from "../params.ts";
import { Alarm } from "../session/alarm.ts";
import type { Session } from "../session/session.ts";
import type { CloseReason, SessionHandler } from "../session/session_handler.ts";
import { type Address, addressText, parseAddress } from "../wire/address.ts";
import { FlowSync, flowSyncMessage, setKeepaliveMessage } from "./flow_sync.ts";
import { GroupFlow, type Introductions } from "./group_flow.ts";
import { MediaDelivery } from "./media_delivery.ts";
import { flashMessage, MESSAGE_HEADER, messageTime } from "./message.ts";
import { readFlowKind, streamMetadata } from "./metadata.ts";

export interface FlashSessionOptions {
  readonly hub: Hub;
  readonly log: Log;
  /** Milliseconds between keep-alive pings of clients, to the server and to their peers. */
  readonly keepalive: { readonly server: number; readonly peer: number };
  readonly introductions: Introductions;
  readonly objects?: SharedObjects | undefined;
  readonly turns?: Turns | undefined;
  /** The turn that the session has now. */
  readonly turn?: () => Turn;
  /** Called once, when the session is over. */
  readonly onClosed: () => void;
}

/** A Flash client on a session: its NetConnection, streams and groups, each on flows of its own. */
export class FlashSession implements SessionHandler, FlashOutput {
  readonly session: Session;
  readonly mainFlow: MessageFlow;
  /** While paused, flows keep their messages back: the window that the client is told shrinks. */
  readonly input: PausableInput = {
    pause: () => {
      this.#isPaused = true;
      for (const flow of this.#flows) flow.hold();
    },
    resume: () => {
      this.#isPaused = false;
      for (const flow of [...this.#flows]) flow.resume();
    },
  };
  readonly #options: FlashSessionOptions;
  readonly #sync = new FlowSync();
  readonly #streams = new Map<number, SendFlow>();
  readonly #ending: Alarm;
  readonly #held: InputCharge;
  #connection: NetConnection | undefined;
  /** The client's control flow, with which all of ours are associated. */
  #control: RecvFlow | undefined;
  #main: SendFlow | undefined;
  #reported: Address[] = [];
  #nextSync = 1;
  readonly #flows = new Set<RecvFlow>();
  #isPaused = false;
  #hasReceived = false;
  /** The client is asked for a sign of life. */
  #isProbed = false;
  #failure: string | undefined;

  constructor(session: Session, options: FlashSessionOptions) {
    this.session = session;
    this.#options = options;
    this.mainFlow = this.#messageFlow(() => this.#main, () => this.end());
    this.#held = options.hub.inputs.open(addressText(session.address));
    this.#ending = new Alarm(session.clock, () => session.close());
  }

  /** Addresses of this client: the one that we see, and those that it reports. */
  get addresses(): { readonly seen: Address; readonly reported: readonly Address[] } {
    return { seen: this.session.address, reported: this.#reported };
  }

  /** True between an accepted connect and its end. */
  get isConnected(): boolean {
    return this.#connection?.isConnected ?? false;
  }

  onFlow(flow: RecvFlow): void {
    const kind = readFlowKind(flow.metadata);
    if (kind?.kind === "group") this.#onGroupFlow(flow);
    else if (kind && kind.streamId === 0 && !this.#control) this.#onControlFlow(flow);
    else if (kind && this.#connection && !this.#connection.isClosed) {
      this.#acceptStream(flow, kind.streamId);
    }
  }

  onRefused(text: string): void {
    this.#options.log.warn(text);
  }

  onHeld(bytes: number): boolean {
    return this.#held.hold(bytes) === undefined;
  }

  onPacket(): void {
    const { roundTrip } = this.session;
    if (this.#isProbed) this.#noteLife();
    if (!this.#hasReceived) return;
    this.#hasReceived = false;
    this.#connection?.flush();
    this.#connection?.sample(Math.round(roundTrip.smoothed ?? 0));
  }

  onAddressChanged(old: Address): void {
    const { hub } = this.#options;
    if (!this.#connection?.isConnected) return;
    const { client } = this.#connection;
    client.address = addressText(this.session.address);
    hub.handler.onAddressChanged(client, addressText(old));
  }

  onClose(reason: CloseReason): void {
    this.#ending.cancel();
    this.#held.end();
    const error = this.#failure ?? (reason === "timeout" ? "the client is gone" : undefined);
    if (reason === "timeout") this.#connection?.endsBecause("silent", "the client is gone");
    this.#connection?.close(error);
    this.#options.onClosed();
  }

  send(streamId: number, type: number, payload: Uint8Array): void {
    this.#flowOf(streamId)?.write(flashMessage(type, 0, payload));
  }

  greet(): void {}

  probe(): void {
    this.#isProbed = true;
    this.session.sendPing();
  }

  /** Any packet is one. */
  #noteLife(): void {
    this.#isProbed = false;
    const { hub } = this.#options;
    if (this.#connection?.isConnected) this.#connection.client.lastReception = hub.clock.epoch();
  }

  deliver(streamId: number, listener: Listener, options: DeliveryOptions): Delivery {
    const open = (priority: Priority) => this.#open(streamId, priority);
    const data = this.#flowOf(streamId) ?? open(Priority.immediate);
    const flows = { data, audio: open(Priority.immediate), video: open(Priority.priority) };
    const onStart = () => {
      const message = flowSyncMessage(this.#nextSync++, 3);
      for (const flow of [data, flows.audio, flows.video]) flow.write(message);
    };
    return new MediaDelivery({ ...options, listener, flows, clock: this.session.clock, onStart });
  }

  openFlow(): MessageFlow {
    const flow = this.#open(0, Priority.immediate);
    return this.#messageFlow(() => flow, () => flow.close());
  }

  /** Closes the session when what was written is acknowledged, or after CLOSE_GRACE. */
  end(): void {
    const main = this.#main;
    if (!this.session.isOpen || this.#ending.deadline !== Infinity) return;
    if (!main || main.queued === 0) return this.session.close();
    this.#ending.set(this.session.clock.now() + CLOSE_GRACE);
    main.whenBelow(1, () => this.#ending.set(this.session.clock.now()));
  }

  abort(reason: string): void {
    this.#failure = reason;
    this.#connection?.endsBecause("limits", reason);
    this.session.close();
  }

  shutdown(): void {
    if (this.#connection) this.#connection.shutdown();
    else this.session.close("shutdown");
  }

  #onControlFlow(flow: RecvFlow): void {
    const { hub, log } = this.#options;
    this.#control = flow;
    this.#main = this.#open(0, Priority.immediate);
    this.#main.onException = () => this.session.close();
    this.#connection = new NetConnection({
      hub,
      output: this,
      log,
      objects: this.#options.objects,
      turns: this.#options.turns,
      protocol: "RTMFP",
      address: addressText(this.session.address),
      rawId: this.session.peerId,
      moveScheme: "rtmfp",
      onPeerInfo: (addresses) => this.#onPeerInfo(addresses),
    });
    this.#accept(flow, 0, () => this.end());
  }

  /** Flows of streams are read in sequence, whatever their metadata says: publications need order. */
  #acceptStream(flow: RecvFlow, streamId: number): void {
    if (streamId === 0 || this.#connection?.stream(streamId)) this.#accept(flow, streamId);
  }

  #accept(flow: RecvFlow, streamId: number, onEnd?: () => void): void {
    let lost = 0;
    flow.accept({
      onMessage: (message) => {
        const before = lost;
        lost = flow.abandoned;
        this.#onMessage(flow, streamId, message, lost - before);
      },
      onEnd: () => {
        this.#flows.delete(flow);
        this.#sync.onEnd(flow);
        onEnd?.();
      },
    }, { capacity: STREAM_WINDOW });
    this.#flows.add(flow);
    if (this.#isPaused) flow.hold();
  }

  #onMessage(flow: RecvFlow, streamId: number, message: Uint8Array, lost: number): void {
    const connection = this.#connection;
    if (!connection || connection.isClosed || message.length < MESSAGE_HEADER) return;
    const type = message[0]!;
    const time = messageTime(message);
    const isCall = isRequest(type);
    // Media is kept for listeners; a call has been read when this returns.
    const payload = (isCall ? message : ownBytes(message)).subarray(MESSAGE_HEADER);
    this.#hasReceived = true;
    try {
      if (type === MessageType.userControl) {
        if (!this.#sync.onUserControl(payload, flow)) this.#onUserControl(payload);
      } else {
        connection.receive({ streamId, type, time, payload, lost });
        if (isCall && this.#options.turn?.().spend(Weight.command)) connection.yield();
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.log.warn(`message of type ${type} dropped: ${error.message}`);
    }
  }

  #onUserControl(payload: Uint8Array): void {
    const { event, values: [streamId, time] } = decodeUserControl(payload);
    if (event !== UserEvent.setBufferLength || streamId === undefined) return;
    if (time !== undefined) this.#connection?.setBufferTime(streamId, time);
  }

  #onGroupFlow(flow: RecvFlow): void {
    const connection = this.#connection;
    if (!connection?.isConnected) return;
    const { hub, introductions } = this.#options;
    const { client } = connection;
    new GroupFlow({ session: this.session, flow, hub, client, introductions });
  }

  #onPeerInfo(addresses: readonly string[]): void {
    const { server, peer } = this.#options.keepalive;
    this.#reported = addresses.flatMap((text) => parseAddress(text) ?? []).slice(0, 16);
    this.send(0, MessageType.userControl, setKeepaliveMessage(server, peer));
  }

  /** A stream's flow for all messages but media, opened when it is first needed. */
  #flowOf(streamId: number): SendFlow | undefined {
    if (streamId === 0) return this.#main;
    let flow = this.#streams.get(streamId);
    if (!flow?.isOpen) {
      flow = this.#open(streamId, Priority.immediate);
      this.#streams.set(streamId, flow);
    }
    return flow;
  }

  #open(streamId: number, priority: Priority): SendFlow {
    return this.session.openFlow(streamMetadata(streamId), { priority, associated: this.#control });
  }

  #messageFlow(flow: () => SendFlow | undefined, close: () => void): MessageFlow {
    return {
      send: (type, payload, reliable) => {
        flow()?.write(flashMessage(type, 0, payload), { reliable });
      },
      flush: (full) => this.session.flush(!full),
      close,
    };
  }
}
