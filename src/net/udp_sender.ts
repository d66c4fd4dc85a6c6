import { MAPPED } from "./address.ts";

/** Sends that the system has not taken yet; more are lost, as in any full queue of a network. */
const MAX_PENDING = 4096;
/** What a datagram for a network's path has at most; longer ones are copied into memory of their own. */
const USUAL_DATAGRAM = 1500;
/** Copies kept for the next datagrams: to make a buffer costs more than to send it. */
const MAX_SPARE = 512;

/** A copy of a datagram until the system has taken it. */
interface Outgoing {
  readonly buffer: Uint8Array<ArrayBuffer>;
  /** The part of the buffer that is the datagram; used again for the next one as long. */
  bytes: Uint8Array<ArrayBuffer>;
  to: Deno.NetAddr;
}

/** An IP address in text and a UDP port. */
export interface UdpAddress {
  readonly host: string;
  readonly port: number;
}

/** How datagrams leave a socket. */
export interface UdpSender {
  /** Datagrams that the system has not taken yet. */
  readonly pending: number;
  /** Sends it, or loses it, as UDP does; never throws. The bytes are copied. */
  send(datagram: Uint8Array, to: UdpAddress): void;
  /** Closes the socket once all that waits has been sent. */
  close(): void;
}

/**
 * Datagrams on their way to the system by the runtime, one at a time: of several that it cannot take
 * at once, as the first ones of a socket, the runtime would send the last one first.
 */
export class PlainSender implements UdpSender {
  readonly #conn: Deno.DatagramConn;
  readonly #isIpv6: boolean;
  /** The system's form of addresses that are sent to again and again. */
  readonly #addresses = new WeakMap<UdpAddress, Deno.NetAddr>();
  readonly #spare: Outgoing[] = [];
  #waiting: Outgoing[] = [];
  /** The one in `#waiting` that is being sent. */
  #current = 0;
  #isClosed = false;

  constructor(conn: Deno.DatagramConn) {
    this.#conn = conn;
    this.#isIpv6 = (conn.addr as Deno.NetAddr).hostname.includes(":");
  }

  get pending(): number {
    return this.#waiting.length - this.#current;
  }

  send(datagram: Uint8Array, address: UdpAddress): void {
    const { length } = datagram;
    if (this.#isClosed || this.pending >= MAX_PENDING) return;
    const to = this.#addressOf(address);
    const spare = length <= USUAL_DATAGRAM ? this.#spare.pop() : undefined;
    const outgoing = spare ?? emptyOutgoing(Math.max(length, USUAL_DATAGRAM), to);
    if (outgoing.bytes.length !== length) outgoing.bytes = outgoing.buffer.subarray(0, length);
    outgoing.bytes.set(datagram);
    outgoing.to = to;
    if (this.#waiting.push(outgoing) === 1) this.#next(outgoing);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting.length === 0) this.#conn.close();
  }

  #addressOf(to: UdpAddress): Deno.NetAddr {
    let address = this.#addresses.get(to);
    if (address === undefined) {
      const { host, port } = to;
      const hostname = this.#isIpv6 && !host.includes(":") ? MAPPED + host : host;
      this.#addresses.set(to, address = { transport: "udp", hostname, port });
    }
    return address;
  }

  #next({ bytes, to }: Outgoing): void {
    this.#conn.send(bytes, to).then(this.#onDone, this.#onDone);
  }

  /** Whether or not it was sent. */
  readonly #onDone = (): void => {
    const waiting = this.#waiting;
    const done = waiting[this.#current++]!;
    const isUsual = done.buffer.length === USUAL_DATAGRAM;
    if (isUsual && this.#spare.length < MAX_SPARE) this.#spare.push(done);
    const next = waiting[this.#current];
    if (!next) {
      waiting.length = 0;
      this.#current = 0;
      if (this.#isClosed) this.#conn.close();
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
  const buffer = new Uint8Array(size);
  return { buffer, bytes: buffer, to };
}
