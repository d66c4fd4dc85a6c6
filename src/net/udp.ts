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

/** Another way for datagrams to leave a socket than the runtime's. */
export interface SenderFactory {
  /** A sender for a bound socket, beside the plain one; undefined when the socket cannot have it. */
  senderFor(conn: Deno.DatagramConn, plain: UdpSender): UdpSender | undefined;
}

/** Where a socket is bound. */
export interface UdpOptions {
  readonly hostname: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly senders?: SenderFactory;
  /** Datagrams are read while they leave the event loop its turn. */
  readonly turns?: Turns;
}

const MAX_DATAGRAM = 65_535;

/**
 * Binds a UDP socket; `receive` gets each datagram, valid only during the call.
 * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied
 */
export function bindUdp(
  { hostname, port, senders, turns }: UdpOptions,
  receive: (datagram: Uint8Array, from: UdpAddress) => void,
): UdpSocket {
  const conn = Deno.listenDatagram({ transport: "udp", hostname, port });
  const bound = conn.addr as Deno.NetAddr;
  const plain = new PlainSender(conn);
  const sender = senders?.senderFor(conn, plain) ?? plain;
  receiveLoop(conn, receive, turns);
  return {
    hostname: bound.hostname,
    port: bound.port,
    send: (datagram, to) => sender.send(datagram, to),
    close: () => sender.close(),
  };
}

async function receiveLoop(
  conn: Deno.DatagramConn,
  receive: (datagram: Uint8Array, from: UdpAddress) => void,
  turns: Turns | undefined,
): Promise<void> {
  const buffer = new Uint8Array(MAX_DATAGRAM);
  for (;;) {
    try {
      const [datagram, from] = await conn.receive(buffer);
      const { hostname, port } = from as Deno.NetAddr;
      receive(datagram, { host: ipv4Of(hostname), port });
      const pause = turns?.pause();
      if (pause !== undefined) await pause;
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
