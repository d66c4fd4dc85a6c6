import { Server } from "../../cluster/mod.ts";
import { typed } from "./string_map.ts";
import { define, method, readonly } from "../lua/definition.ts";

/** Another server that is connected. Functions that scripts put in it are callable by its scripts. */
export const server = define<Server>({
  name: "server",
  type: Server,
  isAlive: (server) => server.isConnected,
  dynamic: (server, name) => typed(server.properties.get(name)),
  members: {
    address: readonly((server) => server.address),
    publicAddress: readonly((server) => server.publicAddress),
    host: readonly((server) => server.host),
    isTarget: readonly((server) => server.isTarget),
    send: method((server, args) => server.send(args.text(1), args.reader(2))),
    reject: method((server, args) => server.reject(args.text(1, "server rejected"))),
  },
  text: (server) => server.address,
});
