import { type SocketOptions, TcpServer } from "../../services/mod.ts";
import type { Host } from "../host.ts";
import { define, type Definition, event, method, readonly } from "../lua/definition.ts";
import { endpointArgument, NO_ENDPOINT } from "./endpoint_argument.ts";
import { Holder } from "./holder.ts";
import { adopt } from "./tcp_client.ts";

/** What `mona:createTCPServer()` makes. */
export function tcpServer(host: Host): Definition<TcpServer> {
  return define<TcpServer>({
    name: "TCPServer",
    type: TcpServer,
    isAlive: (server) => server.isActive,
    members: {
      address: readonly((server) => server.address),
      port: readonly((server) => server.port),
      running: readonly((server) => server.isActive),
      start: method((server, args) => {
        const at = endpointArgument(args, 1, "0.0.0.0");
        const fault = at === undefined ? NO_ENDPOINT : server.start(at);
        if (fault !== undefined) host.log.error(`${args.vm.where(1)}TCPServer: ${fault}`);
        Holder.of(server)?.update();
        return fault === undefined;
      }),
      stop: method((server) => {
        server.close();
        Holder.of(server)?.update();
      }),
      onConnection: event(),
    },
    aliases: { clientHandler: "onConnection" },
  });
}

/** A server that does not run yet. */
export function createTcpServer(host: Host, options: SocketOptions): TcpServer {
  const server = new TcpServer({
    ...options,
    gate: host.hub.bans,
    onError(reason) {
      host.log.error(`TCPServer: ${reason}`);
      holder.update();
    },
  });
  const holder = new Holder(host, server);
  server.onConnection = (client) => {
    adopt(host, client, holder.application);
    host.call(holder.application, server, "onConnection", [client]);
  };
  return server;
}
