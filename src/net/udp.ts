import { ipv4Of, MAPPED } from "./address.ts";

/** An IP address in text and a UDP port. */
export interface UdpAddress {
  readonly host: string;
  readonly port: number;
}

/** A bound socket. */
export interface UdpSocket {
  readonly hostname: string;
  readonly port: number;
  /** Sends or loses it, as UDP does; never throws. The bytes are copied. */
  send(datagram: Uint8Array, to: UdpAddress): void;
  /** Sends what waits, and receives until then. */
  close(): void;
}

/** Where a socket is bound. */
export interface UdpOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
}

const MAX_DATAGRAM = 65_535;
/** Sends that the system has not taken yet; more are lost, as in any full queue of a network. */
const MAX_PENDING = 4096;
/** What a datagram for a network's path has at most; longer ones are copied into memory of their own. */
const USUAL_DATAGRAM = 1500;
/** Copies kept for the next datagrams: to make a buffer costs more than to send it. */
const MAX_SPARE = 512;

/** A copy of a datagram until the system has taken it. */
interface Outgoing {
  readonly room: Uint8Array<ArrayBuffer>;
  /** The part of the room that is the datagram; used again for the next one as long. */
  bytes: Uint8Array<ArrayBuffer>;
  to: Deno.NetAddr;
}

/**
 * Datagrams on their way to the system, one at a time: of several that it cannot take at once, as
 * the first ones of a socket, the runtime would send the last one first.
 */
class SendQueue {
  readonly #conn: Deno.DatagramConn;
  readonly #spare: Outgoing[] = [];
  #waiting: Outgoing[] = [];
  /** The one in `#waiting` that is being sent. */
  #current = 0;
  #closed = false;

  constructor(conn: Deno.DatagramConn) {
    this.#conn = conn;
  }

  send(datagram: Uint8Array, to: Deno.NetAddr): void {
    const { length } = datagram;
    if (this.#closed || this.#waiting.length - this.#current >= MAX_PENDING) return;
    const spare = length <= USUAL_DATAGRAM ? this.#spare.pop() : undefined;
    const outgoing = spare ?? emptyOutgoing(Math.max(length, USUAL_DATAGRAM), to);
    if (outgoing.bytes.length !== length) outgoing.bytes = outgoing.room.subarray(0, length);
    outgoing.bytes.set(datagram);
    outgoing.to = to;
    if (this.#waiting.push(outgoing) === 1) this.#next(outgoing);
  }

  /** Closes the socket once all that waits has been sent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#waiting.length === 0) this.#conn.close();
  }

  #next({ bytes, to }: Outgoing): void {
    this.#conn.send(bytes, to).then(this.#onDone, this.#onDone);
  }

  /** Whether or not it was sent. */
  readonly #onDone = (): void => {
    const waiting = this.#waiting;
    const done = waiting[this.#current++]!;
    const isUsual = done.room.length === USUAL_DATAGRAM;
    if (isUsual && this.#spare.length < MAX_SPARE) this.#spare.push(done);
    const next = waiting[this.#current];
    if (!next) {
      waiting.length = 0;
      this.#current = 0;
      if (this.#closed) this.#conn.close();
      return;
    }
    if (this.#current === MAX_PENDING) {
      this.#waiting = waiting.slice(MAX_PENDING);
      this.#current = 0;
    }
    this.#next(next);
  };
}

function emptyOutgoing(size: number, to: Deno.NetAddr): Outgoing {
  const room = new Uint8Array(size);
  return { room, bytes: room, to };
}

/**
 * Binds a UDP socket; `receive` gets each datagram, valid only during the call.
 * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied
 */
export function bindUdp(
  { hostname, port }: UdpOptions,
  receive: (datagram: Uint8Array, from: UdpAddress) => void,
): UdpSocket {
  const conn = Deno.listenDatagram({ transport: "udp", hostname, port });
  const bound = conn.addr as Deno.NetAddr;
  const isIpv6 = bound.hostname.includes(":");
  /** The system's form of addresses that are sent to again and again. */
  const addresses = new WeakMap<UdpAddress, Deno.NetAddr>();
  const queue = new SendQueue(conn);
  receiveLoop(conn, receive);
  return {
    hostname: bound.hostname,
    port: bound.port,
    send(datagram, to) {
      let address = addresses.get(to);
      if (!address) {
        const { host, port } = to;
        const hostname = isIpv6 && !host.includes(":") ? MAPPED + host : host;
        addresses.set(to, address = { transport: "udp", hostname, port });
      }
      queue.send(datagram, address);
    },
    close: () => queue.close(),
  };
}

async function receiveLoop(
  conn: Deno.DatagramConn,
  receive: (datagram: Uint8Array, from: UdpAddress) => void,
): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM);
  for (;;) {
    try {
      const [datagram, from] = await conn.receive(buffer);
      const { hostname, port } = from as Deno.NetAddr;
      receive(datagram, { host: ipv4Of(hostname), port });
    } catch (error) {
      const isClosed = error instanceof Deno.errors.BadResource ||
        error instanceof Deno.errors.Interrupted;
      if (isClosed) return;
      // What an earlier datagram met on its way, such as a closed port, is told here: not ours.
      if (!(error instanceof Deno.errors.ConnectionRefused || isNetworkFault(error))) throw error;
    }
  }
}

function isNetworkFault(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.NetworkUnreachable;
}
