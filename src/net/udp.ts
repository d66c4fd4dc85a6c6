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
  /** Sends or loses it, as UDP does; never throws. The bytes must not change afterwards. */
  send(datagram: Uint8Array, to: UdpAddress): void;
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
  let pending = 0;
  const done = () => void pending--;
  receiveLoop(conn, receive);
  return {
    hostname: bound.hostname,
    port: bound.port,
    send(datagram, to) {
      if (pending >= MAX_PENDING) return;
      pending++;
      let address = addresses.get(to);
      if (!address) {
        const { host, port } = to;
        const hostname = isIpv6 && !host.includes(":") ? MAPPED + host : host;
        addresses.set(to, address = { transport: "udp", hostname, port });
      }
      conn.send(datagram, address).then(done, done);
    },
    close: () => conn.close(),
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
