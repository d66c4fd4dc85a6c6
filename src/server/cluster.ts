import { resolve } from "node:path";
import type { Clock } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import { Cluster, type NatsOptions } from "../cluster/mod.ts";
import type { SharedObjects } from "../flash/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";

/**
 * The other servers, as the settings name them.
 * @param host name or address that they are told, empty for none
 * @throws Deno.errors.NotFound, PermissionDenied
 */
export function makeCluster(
  { config, places, logger }: ServerOptions,
  host: string,
  clock: Clock,
  scheduler: WriteScheduler,
  hub: Hub,
  objects: SharedObjects,
): Cluster {
  const { targets, secret, tls, authorities } = config.servers;
  const read = (file: string) => Deno.readTextFileSync(resolve(places.dir, file));
  const secure = authorities === "" || read(authorities);
  return new Cluster({
    clock,
    scheduler,
    log: logger("servers"),
    host,
    targets,
    secret,
    ...(tls ? { secure } : {}),
    ...(config.cluster.share || config.cluster.nats !== "" ? { share: hub, objects } : {}),
    ...(config.cluster.nats === "" ? {} : { nats: natsOptions(config.cluster, read) }),
  });
}

function natsOptions(
  { nats, name, user, password, token, authorities }: ServerOptions["config"]["cluster"],
  read: (file: string) => string,
): NatsOptions {
  const servers = nats.split(",").map((text) => text.trim()).filter(Boolean);
  const login = { user, password, token };
  return { servers, name, ...login, authorities: authorities && read(authorities) };
}
