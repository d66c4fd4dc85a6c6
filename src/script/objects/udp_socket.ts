import { type Endpoint, type SocketOptions, UdpSocket } from "../../services/mod.ts";
import type { Host } from "../host.ts";
import { define, type Definition, event, method, readonly } from "../lua/definition.ts";
import { endpointArgument, NO_ENDPOINT } from "./endpoint_argument.ts";
import { Holder } from "./holder.ts";

/** The host of what a script names by its port alone. */
const LOOPBACK = "127.0.0.1";

/** What `mona:createUDPSocket([allowBroadcast])` makes. */
export const udpSocket: Definition<UdpSocket> = define<UdpSocket>({
  name: "UDPSocket",
  type: UdpSocket,
  isAlive: (socket) => socket.isActive,
  members: {
    address: readonly((socket) => socket.address),
    peerAddress: readonly((socket) => socket.peerAddress),
    bind: method((socket, args) => {
      return withEndpoint(socket, endpointArgument(args, 1, "0.0.0.0"), (to) => socket.bind(to));
    }),
    connect: method((socket, args) => {
      return withEndpoint(socket, endpointArgument(args, 1, LOOPBACK), (to) => socket.connect(to));
    }),
    disconnect: method((socket) => socket.disconnect()),
    send: method((socket, args) => {
      const bytes = args.bytes(1);
      if (args.has(2)) {
        return withEndpoint(socket, endpointArgument(args, 2, LOOPBACK), (to) => {
          return socket.send(bytes, to);
        });
      }
      const fault = socket.send(bytes);
      Holder.of(socket)?.update();
      return fault;
    }),
    close: method((socket) => {
      socket.close();
      Holder.of(socket)?.update();
    }),
    onPacket: event(),
  },
  aliases: { onReception: "onPacket" },
});

/** A socket that is not bound yet. */
export function createUdpSocket(
  host: Host,
  { clock, scheduler }: SocketOptions,
  allowBroadcast: boolean,
): UdpSocket {
  const socket = new UdpSocket({
    clock,
    turns: scheduler.turns,
    allowBroadcast,
    onError(reason) {
      host.log.warn(`UDPSocket: ${reason}`);
      holder.update();
    },
  });
  const holder = new Holder(host, socket);
  socket.onPacket = (bytes, address) => {
    host.call(holder.application, socket, "onPacket", [bytes, address]);
  };
  return socket;
}

/** Does something with the endpoint that a script named; returns why it cannot, or nothing. */
function withEndpoint(
  socket: UdpSocket,
  endpoint: Endpoint | undefined,
  act: (endpoint: Endpoint) => string | undefined,
): string | undefined {
  const fault = endpoint === undefined ? NO_ENDPOINT : act(endpoint);
  Holder.of(socket)?.update();
  return fault;
}
