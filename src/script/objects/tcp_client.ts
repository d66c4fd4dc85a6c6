import { type SocketOptions, TcpClient } from "../../services/mod.ts";
import type { Application } from "../applications/application.ts";
import type { Host } from "../host.ts";
import { define, type Definition, event, method, readonly } from "../lua/definition.ts";
import { endpointArgument, NO_ENDPOINT } from "./endpoint_argument.ts";
import { Holder } from "./holder.ts";

/**
 * What `mona:createTCPClient()` and a TCPServer's `onConnection` give. Its `connect` returns nil or
 * an error text; when `isEarly`, true or false with the reason in the log.
 */
export function tcpClient(host: Host, isEarly: boolean): Definition<TcpClient> {
  return define<TcpClient>({
    name: "TCPClient",
    type: TcpClient,
    isAlive: (client) => client.isActive,
    members: {
      connected: readonly((client) => client.isConnected),
      address: readonly((client) => client.address),
      peerAddress: readonly((client) => client.peerAddress),
      idleTime: readonly((client) => client.idleTime),
      error: readonly((client) => client.error),
      connect: method((client, args) => {
        const to = endpointArgument(args, 1, "127.0.0.1");
        const fault = to === undefined ? NO_ENDPOINT : client.connect(to);
        Holder.of(client)?.update();
        if (!isEarly) return fault;
        if (fault !== undefined) host.log.error(`${args.vm.where(1)}TCPClient: ${fault}`);
        return fault === undefined;
      }),
      disconnect: method((client) => client.disconnect()),
      send: method((client, args) => client.send(args.bytes(1))),
      onData: event(),
      onDisconnection: event(),
    },
    aliases: { onReception: "onData" },
  });
}

/** A client that is not connected yet. */
export function createTcpClient(host: Host, options: SocketOptions): TcpClient {
  const client = new TcpClient(options);
  adopt(host, client);
  return client;
}

/** Gives a client's events to the script that has it. */
export function adopt(host: Host, client: TcpClient, application?: Application): void {
  const holder = new Holder(host, client, application);
  client.events = {
    onData: (bytes) =>
      host.call(holder.application, client, "onData", [bytes], undefined, (vm, first, count) => {
        return count === 0 ? 0 : vm.toNumber(first);
      }) ?? 0,
    onDisconnection() {
      host.call(holder.application, client, "onDisconnection", []);
      holder.update();
    },
  };
  holder.update();
}
