import { resolve } from "node:path";
import type { ServerOptions } from "../cli/mod.ts";
import { Cluster, type NatsOptions } from "../cluster/mod.ts";
import type { Parts } from "./parts.ts";
import type { Ports } from "./ports.ts";

/**
 * The other servers, as the settings name them.
 * @param host name or address that they are told, empty for none
 * @throws Deno.errors.NotFound, PermissionDenied
 */
export function makeCluster(
  { config, places, logger }: ServerOptions,
  { hub, objects, scheduler }: Pick<Parts, "hub" | "objects" | "scheduler">,
  host: string,
): Cluster {
  const { targets, secret, tls, authorities } = config.servers;
  const read = (file: string) => Deno.readTextFileSync(resolve(places.dir, file));
  const secure = authorities === "" || read(authorities);
  return new Cluster({
    clock: hub.clock,
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

/** Opens the port for other servers. */
export function openServers({ config }: ServerOptions, ports: Ports, cluster: Cluster): void {
  const { certificate, key, port } = config.servers;
  ports.open(
    { section: "servers", transport: "TCP", port, certificate, key },
    ({ port, tls }) => {
      cluster.listen(config.bind, port, tls);
      const { ready } = cluster;
      return {
        ...(ready && { ready }),
        close: () => cluster.stop(),
        renew: (tls) => cluster.renew(tls),
      };
    },
  );
}

function natsOptions(
  { nats, name, user, password, token, authorities }: ServerOptions["config"]["cluster"],
  read: (file: string) => string,
): NatsOptions {
  const servers = nats.split(",").map((text) => text.trim()).filter(Boolean);
  const login = { user, password, token };
  return { servers, name, ...login, authorities: authorities && read(authorities) };
}
