import { connect, ProtocolHandler } from "@nats-io/transport-node";

/** A socket of Node. */
interface Socket {
  destroy(error?: Error): unknown;
  on(event: "error", listener: () => void): unknown;
}

/** What the library keeps to itself. */
interface Internals {
  /** Makes the transport of an attempt to connect. */
  prepare(): Promise<void>;
  readonly transport: {
    dial(...args: unknown[]): Promise<Socket>;
    startTLS(): Promise<Socket>;
  };
}

/**
 * The library's `connect`, mended: transport-node 3.4.0 takes all listeners off a socket before it
 * destroys it. A reset that was read in the same turn, which is how one of 15 refused logins ends,
 * is then an error event that nobody hears, and counts as uncaught.
 */
export const connectNats: typeof connect = connect;

const handlers = ProtocolHandler.prototype as unknown as Internals;
const { prepare } = handlers;
handlers.prepare = function () {
  const prepared = prepare.call(this);
  const { transport } = this;
  const { dial, startTLS } = transport;
  transport.dial = async (...args) => heard(await dial.apply(transport, args));
  transport.startTLS = async () => heard(await startTLS.call(transport));
  return prepared;
};

/** A socket whose errors are heard once it is destroyed. */
function heard(socket: Socket): Socket {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    socket.on("error", () => {});
    return destroy(error);
  };
  return socket;
}
