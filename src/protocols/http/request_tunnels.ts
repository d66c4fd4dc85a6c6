import { ByteWriter, encodeText, hex } from "../../bytes/mod.ts";
import { type Clock, TokenBuckets } from "../../base/mod.ts";
import { randomBytes } from "../../crypto/mod.ts";
import { hostOf } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import {
  type ByteOutput,
  type ByteSource,
  type TcpConnection,
  type TunnelledFactory,
  TunnelledInput,
  type TunnelledInputOptions,
  type TunnelledSession,
  type Turn,
  type Turns,
} from "../../net/mod.ts";
import { HostCounts } from "./host_counts.ts";
import { MAX_TUNNELS, TUNNEL_QUEUE, TUNNEL_RESPONSE, TUNNEL_TIMEOUT } from "./params.ts";
import type { HttpRequest } from "./request.ts";
import { RequestOrder } from "./request_order.ts";
import type { Resource } from "./resource.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

/** Factory of the sessions, and how many one host may have. */
export interface RequestTunnelsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly make: TunnelledFactory;
  /** Sessions of one host; 0 for any number. */
  readonly maxOfHost: number;
  /** New ones of one host a second, and ten times as many at once. */
  readonly rate: number;
  readonly turns?: Turns | undefined;
}

const OPEN = /^\/open\/1\/?$/;
const COMMAND = /^\/(send|idle|close)\/([0-9a-f]{32})(?:\/(\d{1,10}))?\/?$/;
const TYPE = "application/x-fcs";
/** librtmp asks so for another server first, and takes 404 for "stay here". */
const IDENT = "/fcs/ident2";

/** How long the client may wait before it asks again: short while there is something to say. */
const BUSY = 0x01;
const QUIET_MAX = 0x21;

/**
 * RTMP through HTTP requests (RTMPT): `/open` begins a session, `/send` brings its bytes, `/idle`
 * asks for more, `/close` ends it. Each answer is one byte, which tells how long to wait, and bytes
 * of the session. The requests of one session may come over several connections: their numbers say
 * in which order they count.
 * Source: Adobe RTMP specification's companion "RTMPT", as clients (librtmp, ffmpeg) speak it.
 */
export class RequestTunnels implements Resource {
  readonly isPolled = true;
  readonly #clock: Clock;
  readonly #inputOptions: TunnelledInputOptions;
  readonly #make: TunnelledFactory;
  readonly #counts: HostCounts;
  readonly #openings: TokenBuckets;
  readonly #tunnels: Map<string, RequestTunnel> = new Map();

  constructor({ clock, log, make, maxOfHost, rate, turns }: RequestTunnelsOptions) {
    const tell = (limit: string) => (host: string) =>
      log.child(host).warn(`RTMP through HTTP refused: more than ${limit}`);
    this.#clock = clock;
    this.#inputOptions = { clock, turns };
    this.#make = make;
    this.#openings = new TokenBuckets(
      rate,
      10 * rate,
      tell(`${rate} a second of one address, [limits] tunnels`),
    );
    this.#counts = new HostCounts(
      maxOfHost,
      tell(`${maxOfHost} of one address, [HTTP] maxConnections`),
    );
  }

  wants({ method, head: { target } }: HttpRequest): boolean {
    return method === "POST" && (COMMAND.test(target) || target === IDENT || OPEN.test(target));
  }

  /**
   * Answers a request, when those before it have come.
   * @throws HttpError 404 for a session that is over, 503 when there are too many, 429 of one host
   */
  respond(
    { head: { target }, connection }: HttpRequest,
    body: Uint8Array,
    turn: Turn,
  ): HttpResponse | Promise<HttpResponse> {
    if (target === IDENT) throw new HttpError(404, "Stay here");
    const match = COMMAND.exec(target);
    if (match === null) return this.#open(connection);
    const [, command, id = "", number] = match;
    const tunnel = this.#tunnels.get(id);
    if (tunnel === undefined) throw new HttpError(404, "This session is over");
    const now = this.#clock.now();
    tunnel.noteRequest(now);
    return tunnel.order.accept({
      sequence: number === undefined ? undefined : Number(number),
      body,
      turn,
      now,
      run: (body, turn) => this.#run(command, id, tunnel, body, turn),
    });
  }

  /** Runs a request whose turn it is. */
  #run(
    command: string | undefined,
    id: string,
    tunnel: RequestTunnel,
    body: Uint8Array,
    turn: Turn,
  ): HttpResponse | Promise<HttpResponse> {
    if (this.#tunnels.get(id) !== tunnel) throw new HttpError(404, "This session is over");
    if (command === "send") tunnel.receive(body, turn);
    if (command === "close") {
      this.#forget(id, tunnel);
      tunnel.end(undefined);
      return response(Uint8Array.of(0));
    }
    const taken = command === "send" ? tunnel.taken : undefined;
    return taken?.then(() => this.#poll(id, tunnel)) ?? this.#poll(id, tunnel);
  }

  #poll(id: string, tunnel: RequestTunnel): HttpResponse {
    const bytes = tunnel.takeOutput();
    if (tunnel.isOver) this.#forget(id, tunnel);
    return response(bytes);
  }

  /** Looks at the time, once a second. */
  sweep(now: number): void {
    for (const [id, tunnel] of [...this.#tunnels]) {
      if (tunnel.sweep(now)) continue;
      this.#forget(id, tunnel);
      tunnel.end("the client does not ask any more");
    }
  }

  /** The server stops. */
  close(): void {
    for (const tunnel of this.#tunnels.values()) tunnel.shutdown();
    this.#tunnels.clear();
  }

  #open({ remote: address, local, isSecure }: TcpConnection): HttpResponse {
    if (this.#tunnels.size >= MAX_TUNNELS) throw new HttpError(503, "Too many tunnels");
    const isAllowed = this.#openings.take(hostOf(address), this.#clock.now());
    const giveBack = isAllowed ? this.#counts.countConnection(address) : undefined;
    if (giveBack === undefined) {
      throw new HttpError(429, "Too many tunnels from this address", [["retry-after", "10"]]);
    }
    const id = hex(randomBytes(16));
    const transport = isSecure ? "RTMPTS" : "RTMPT";
    const peer = { address, serverAddress: local, transport } as const;
    const make = (output: ByteOutput) => this.#make(output, peer);
    this.#tunnels.set(id, new RequestTunnel(this.#inputOptions, make, giveBack));
    return response(encodeText(`${id}\n`));
  }

  #forget(id: string, tunnel: RequestTunnel): void {
    this.#tunnels.delete(id);
    tunnel.order.end();
    tunnel.giveBack();
  }
}

function response(body: Uint8Array): HttpResponse {
  return { status: 200, headers: [["content-type", TYPE], ["cache-control", "no-store"]], body };
}

/** One session, and what it has to say until the client asks. */
class RequestTunnel implements ByteOutput {
  /** Its host may have another one. */
  readonly giveBack: () => void;
  readonly order = new RequestOrder();
  readonly #session: TunnelledSession;
  readonly #input: TunnelledInput;
  #queue = new ByteWriter(1024);
  #sources: ByteSource[] = [];
  #lastRequest: number;
  #interval = BUSY;
  #isOver = false;

  constructor(
    inputOptions: TunnelledInputOptions,
    make: (output: ByteOutput) => TunnelledSession,
    giveBack: () => void,
  ) {
    this.giveBack = giveBack;
    this.#lastRequest = inputOptions.clock.now();
    this.#session = make(this);
    this.#input = new TunnelledInput(this.#session, inputOptions);
  }

  /** The session ended by itself; what it said last is still to be fetched. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Bytes in order, valid during the call. */
  receive(bytes: Uint8Array, turn: Turn): void {
    this.#input.receive(bytes, turn);
  }

  /** Resolves when the session has worked off what came; undefined when it has. */
  get taken(): Promise<void> | undefined {
    return this.#input.taken;
  }

  /** The client is there. */
  noteRequest(now: number): void {
    this.#lastRequest = now;
  }

  /** The polling interval, then what there is to say. */
  takeOutput(): Uint8Array {
    const out = new ByteWriter(1024);
    out.u8(0).bytes(this.#queue.view());
    this.#queue = new ByteWriter(1024);
    for (const source of this.#sources) {
      while (out.length < TUNNEL_RESPONSE) {
        const bytes = source.takeBytes(TUNNEL_RESPONSE - out.length);
        if (bytes === undefined) break;
        out.bytes(bytes);
      }
    }
    this.#interval = out.length > 1 ? BUSY : Math.min(QUIET_MAX, this.#interval * 2);
    out.buffer[0] = this.#interval;
    return out.take();
  }

  /** False when its time is over. */
  sweep(now: number): boolean {
    if (!this.#isOver) this.#session.onDeadline(now);
    this.order.sweep(now);
    return now - this.#lastRequest < TUNNEL_TIMEOUT;
  }

  shutdown(): void {
    this.#session.shutdown();
    this.end(undefined);
  }

  send(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#queue.bytes(bytes);
    if (this.#queue.length > TUNNEL_QUEUE) this.end("the client does not ask for its bytes");
  }

  attach(source: ByteSource): void {
    this.#sources.push(source);
  }

  detach(source: ByteSource): void {
    this.#sources = this.#sources.filter((other) => other !== source);
  }

  /** The client comes by itself. */
  readonly wake = (): void => {};

  end(reason?: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sources = [];
    this.#input.close();
    this.#session.close(reason);
  }

  abort(): void {
    this.end();
  }
}
