import { formatAddress } from "./address.ts";
import type { Conn } from "./conn.ts";
import { Input, type InputHandler, type PausableInput } from "./input.ts";
import { ListeningPort, type PortOptions, type Tracker } from "./listening_port.ts";
import { type ByteSink, Outbox } from "./outbox.ts";
import type { WriteScheduler } from "./write_scheduler.ts";

/** One accepted (or opened) connection. */
export interface TcpConnection {
  /** `host:port` of the peer. */
  readonly remote: string;
  /** `host:port` of this side. */
  readonly local: string;
  readonly outbox: Outbox;
  readonly input: PausableInput;
  /** TLS carries it. */
  readonly isSecure?: boolean;
}

/** What a protocol does with a connection's input. */
export interface TcpHandler extends InputHandler {
  /** The connection is over; called once, with a reason when it broke. */
  onClosed(reason: string | undefined): void;
}

/** A port, and what decides when its connections write. */
export interface TcpListenOptions extends PortOptions {
  readonly scheduler: WriteScheduler;
  /** A peer does not take the certificate: who, and what its alert says. */
  readonly onRejected?: (remote: string, alert: string) => void;
}

/** A port whose connections go to a {@link TcpHandler} each. */
export type TcpServer = ListeningPort;

/**
 * Listens for connections and runs `accept` for each, which returns what handles its input, or
 * undefined to drop it.
 * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied
 */
export function listenTcp(
  options: TcpListenOptions,
  accept: (connection: TcpConnection) => TcpHandler | undefined,
): TcpServer {
  return new ListeningPort(options, (conn, track) => serve(conn, options, accept, track));
}

/** Whom to connect to, with TLS or without: by these authorities, or by the system's (`true`). */
export interface TcpConnectOptions extends Omit<TcpListenOptions, "tls" | "gate"> {
  readonly tls?: { readonly caCerts: string[] } | true;
  /** Gives up an attempt that is under way. */
  readonly signal?: AbortSignal;
}

/** Opens a connection; the promise rejects when the peer cannot be reached. */
export async function connectTcp(
  options: TcpConnectOptions,
  accept: (connection: TcpConnection) => TcpHandler | undefined,
): Promise<void> {
  const { hostname, port, tls, signal } = options;
  const tcp = await Deno.connect({ hostname, port, ...(signal === undefined ? {} : { signal }) });
  tcp.setNoDelay(true);
  const conn = tls === undefined
    ? tcp
    : await Deno.startTls(tcp, { hostname, ...(tls === true ? {} : tls) });
  serve(conn, options, accept);
}

function serve(
  conn: Conn,
  options: Pick<TcpListenOptions, "scheduler" | "clock" | "onRejected"> & {
    readonly tls?: unknown;
  },
  accept: (connection: TcpConnection) => TcpHandler | undefined,
  track?: Tracker,
): void {
  conn.setNoDelay?.(true);
  const remote = addressOf(conn.remoteAddr);
  let isOver = false;
  let overReason: string | undefined;
  let handler: TcpHandler | undefined = undefined;
  let untrack: (() => void) | undefined = undefined;
  const over = (reason: string | undefined): void => {
    if (isOver) return;
    isOver = true;
    overReason = reason;
    outbox.abort();
    input.close();
    untrack?.();
    if (conn.rejection !== undefined) options.onRejected?.(remote, conn.rejection);
    handler?.onClosed(reason);
  };
  const input = new Input(conn, options.scheduler.turns, over);
  const sink: ByteSink = {
    write: (bytes) => conn.write(bytes),
    close() {
      input.drop();
      // Nothing is read any more that could tell.
      if (input.isEnded) queueMicrotask(() => over(undefined));
      conn.close();
    },
  };
  // A peer that has closed its sending side may reset the connection: that is no failure.
  const failed = (reason: string) => over(input.isEnded ? undefined : reason);
  const outbox = new Outbox(sink, options.scheduler, options.clock, failed);
  handler = accept({
    remote,
    local: addressOf(conn.localAddr),
    outbox,
    input,
    isSecure: options.tls !== undefined,
  });
  if (handler === undefined) return outbox.abort();
  // What was sent while accepting may have been too much already.
  if (isOver) return handler.onClosed(overReason);
  untrack = track?.(() => over("banned"));
  input.readUntilEnd(handler);
}

function addressOf(address: Deno.Addr): string {
  const { hostname, port } = address as Deno.NetAddr;
  return formatAddress(hostname, port);
}
