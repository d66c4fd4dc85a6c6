/** Other servers: links to them, and calls between their scripts and ours. */
export { Cluster, type ClusterOptions } from "./cluster.ts";
export type { NatsOptions } from "./engine/nats_bus.ts";
export { openServerHandler, type ServerHandler } from "./handler.ts";
export type { Load } from "./load.ts";
export { Server } from "./server.ts";
export { Broadcaster, Servers } from "./servers.ts";
