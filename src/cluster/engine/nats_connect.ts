import { connect, type NatsConnection, ProtocolHandler } from "@nats-io/transport-node";
import { errorText } from "../../base/mod.ts";

/** Characters of a broker's input that the log shows. */
const MAX_FAULT = 100;

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
    close(error: Error): Promise<void>;
  };
  /** Made anew for each attempt. */
  readonly parser: { parse(bytes: Uint8Array): void };
  /** Ends an attempt that is under way; undefined once it is connected. */
  readonly connectError?: (error: Error) => void;
}

/**
 * The library's `connect`, mended twice. transport-node 3.4.0 takes all listeners off a socket before
 * it destroys it: a reset that was read in the same turn, which is how one of 15 refused logins ends,
 * is then an error event without a listener, and counts as uncaught. And what is no message of a
 * broker goes to the console with a stack, while the connection stays as if it were good.
 */
export const connectNats: typeof connect = connect;

/** What a broker said last that is none of its protocol, by the connection's inside. */
const malformed = new WeakMap<object, string>();

/** What was wrong with what the broker said, told once; undefined when nothing was. */
export function brokerFault(connection: NatsConnection): string | undefined {
  const { protocol } = connection as unknown as { readonly protocol: object };
  const fault = malformed.get(protocol);
  malformed.delete(protocol);
  return fault;
}

const handlers = ProtocolHandler.prototype as unknown as Internals;
const { prepare } = handlers;
handlers.prepare = function () {
  const prepared = prepare.call(this);
  const { transport, parser } = this;
  const parse = parser.parse.bind(parser);
  let isOver = false;
  parser.parse = (bytes) => {
    if (isOver) return;
    try {
      parse(bytes);
    } catch (error) {
      isOver = true;
      const fault = new Error(faultOf(error));
      malformed.set(this, fault.message);
      if (this.connectError !== undefined) this.connectError(fault);
      else void transport.close(fault);
    }
  };
  const { dial, startTLS } = transport;
  transport.dial = async (...args) => heard(await dial.apply(transport, args));
  transport.startTLS = async () => heard(await startTLS.call(transport));
  return prepared;
};

/** One line of a length for the log, whatever the broker sent. */
function faultOf(error: unknown): string {
  // deno-lint-ignore no-control-regex
  const text = errorText(error).replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, MAX_FAULT);
  return `what it says is no NATS (${text})`;
}

/** A socket whose errors are heard once it is destroyed. */
function heard(socket: Socket): Socket {
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    socket.on("error", () => {});
    return destroy(error);
  };
  return socket;
}
