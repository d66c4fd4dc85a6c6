import { ipv4Of } from "./address.ts";
import type { Turns } from "./turns.ts";
import { PlainSender, type UdpAddress, type UdpSender } from "./udp_sender.ts";

/** A bound socket. */
export interface UdpSocket {
  readonly hostname: string;
  readonly port: number;
  /** Sends or loses it, as UDP does; never throws. The bytes are copied. */
  send(datagram: Uint8Array, to: UdpAddress): void;
  /** Sends what waits, and receives until then. */
  close(): void;
}

/** Datagrams that have come to a socket, read several at a time. */
export interface UdpReceiver {
  /** How many were read last; 0 once it is closed. */
  readonly count: number;
  /** Reads those that have come, as many as it holds, without waiting. */
  read(): void;
  /** One of those that were read last, valid until the next read. */
  datagram(index: number): Uint8Array;
  from(index: number): UdpAddress;
  /** Reads nothing any more: its descriptor may become another socket's. */
  close(): void;
}

/** Other ways for datagrams than the runtime's. */
export interface DatagramCalls {
  /** A sender for a bound socket, beside the plain one; undefined when the socket cannot have it. */
  senderFor(conn: Deno.DatagramConn, plain: UdpSender): UdpSender | undefined;
  /** Reads what has come beside the datagram that the runtime waited for; undefined likewise. */
  receiverFor(conn: Deno.DatagramConn): UdpReceiver | undefined;
}

/** Where a socket is bound. */
export interface UdpOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly datagramCalls?: DatagramCalls;
  /** Datagrams are read while they leave the event loop its turn. */
  readonly turns?: Turns;
}

const MAX_DATAGRAM = 65_535;

/**
 * Binds a UDP socket; `receive` gets each datagram, valid only during the call.
 * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied
 */
export function bindUdp(
  { hostname, port, datagramCalls, turns }: UdpOptions,
  receive: (datagram: Uint8Array, from: UdpAddress) => void,
): UdpSocket {
  const conn = Deno.listenDatagram({ transport: "udp", hostname, port });
  const bound = conn.addr as Deno.NetAddr;
  const plain = new PlainSender(conn);
  const sender = datagramCalls?.senderFor(conn, plain) ?? plain;
  const more = datagramCalls?.receiverFor(conn);
  receiveLoop({ conn, more, turns, receive });
  return {
    hostname: bound.hostname,
    port: bound.port,
    send: (datagram, to) => sender.send(datagram, to),
    close: () => {
      more?.close();
      sender.close();
    },
  };
}

/** A socket and who gets its datagrams. */
interface Receiving {
  readonly conn: Deno.DatagramConn;
  /** Reads what has come beside the one that was waited for. */
  readonly more: UdpReceiver | undefined;
  readonly turns: Turns | undefined;
  readonly receive: (datagram: Uint8Array, from: UdpAddress) => void;
}

async function receiveLoop({ conn, more, turns, receive }: Receiving): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM);
  for (;;) {
    try {
      const [datagram, from] = await conn.receive(buffer);
      const { hostname, port } = from as Deno.NetAddr;
      receive(datagram, { host: ipv4Of(hostname), port });
      const pause = turns?.pause();
      if (pause !== undefined) await pause;
      if (more === undefined) continue;
      more.read();
      for (let index = 0; index < more.count; index++) {
        receive(more.datagram(index), more.from(index));
        const pause = turns?.pause();
        if (pause !== undefined) await pause;
      }
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
