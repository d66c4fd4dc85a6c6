import { type Cluster, Servers } from "../../cluster/mod.ts";
import type { Host } from "../host.ts";
import { define, method, readonly } from "../lua/definition.ts";
import { ServerEvents } from "../server_events.ts";
import type { Extension } from "./all.ts";
import { broadcast, broadcaster, numbered, serverOf } from "./broadcaster.ts";
import { server } from "./server.ts";

/** `mona.servers`: all servers that are connected, in order of connection. */
const servers = define<Servers>({
  name: "servers",
  type: Servers,
  members: {
    initiators: readonly((servers) => servers.initiators),
    targets: readonly((servers) => servers.targets),
    broadcast: method(broadcast),
  },
  call: serverOf,
  element: (servers, index) => servers.at(index),
  length: (servers) => servers.count,
  entries: numbered,
});

/** Lets scripts see a cluster and hear its events. */
export function clusterExtension(host: Host, cluster: Cluster): Extension {
  cluster.handler = new ServerEvents(host);
  host.applications.onStarted = ({ path }) => cluster.applicationStarted(path);
  return {
    objects: [servers, broadcaster, server],
    mona: { servers: readonly(() => cluster.servers) },
  };
}
