import process from "node:process";
import { by, counter, gauge, type LoopDelay, type MetricSource, type Usage } from "../admin/mod.ts";
import type { Cluster } from "../cluster/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { RtmfpListener } from "../protocols/rtmfp/mod.ts";
import type { Ports } from "./ports.ts";
import type { RunningScripts } from "./scripts.ts";

/** The parts of the server that are asked. */
export interface MetricParts {
  readonly version: string;
  readonly hub: Hub;
  readonly ports: Ports;
  readonly scripts: RunningScripts;
  readonly cluster: Cluster;
  readonly relays: () => readonly { readonly isUp: boolean }[];
  readonly loopDelay: LoopDelay;
  /** Undefined while RTMFP has no port. */
  readonly rtmfp: () => RtmfpListener | undefined;
}

/** What the rooms know of themselves, read when somebody asks. */
export function serverMetrics(parts: MetricParts): MetricSource {
  const { hub, ports, scripts, cluster, relays, rtmfp, loopDelay, version } = parts;
  const { clock } = hub;
  const begin = clock.now();
  const startedAt = clock.epoch() / 1000;
  return function* () {
    const deno = Deno.version.deno;
    yield gauge("build_info", "Versions of the server and of its runtime.", [
      { labels: { version, deno }, value: 1 },
    ]);
    yield gauge("start_time_seconds", "When it started, since the Unix epoch.", startedAt);
    yield gauge("uptime_seconds", "How long it has run.", (clock.now() - begin) / 1000);

    const clients = new Map([["rtmp", 0], ["rtmfp", 0], ["http", 0], ["websocket", 0]]);
    for (const { protocol } of hub.clients.values()) {
      const name = protocol.toLowerCase();
      clients.set(name, (clients.get(name) ?? 0) + 1);
    }
    yield gauge(
      "clients",
      "Clients that are connected to an application.",
      by("protocol", clients),
    );
    const connections = ports.connections.map(([section, count]) =>
      [section.toLowerCase(), count] as const
    );
    yield gauge("connections", "Connections that are open, by port.", by("port", connections));
    yield gauge("groups", "NetGroups with members.", hub.groups.size);
    const { datagrams, handshakes } = rtmfp()?.refused ?? { datagrams: 0, handshakes: 0 };
    yield counter("rtmfp_dropped_datagrams", "Datagrams that were not to be read.", datagrams);
    yield counter("rtmfp_refused_handshakes", "Handshakes refused for a limit.", handshakes);

    yield counter("script_errors", "Errors of scripts: events, calls, starts.", scripts.errors);
    yield gauge("script_waits", "Functions of scripts that wait.", scripts.waiting);
    yield gauge("lua_memory_bytes", "Memory of all applications.", scripts.memory);

    yield gauge("cluster_servers", "Other servers that are connected.", cluster.servers.count);
    yield gauge("cluster_links", "Those by a link of their own.", cluster.linkCount);
    if (cluster.isMember !== undefined) {
      yield gauge("cluster_broker_up", "Whether the broker is there.", Number(cluster.isMember));
    }
    yield gauge("relays", "Relays that the settings name.", relays().length);
    const up = relays().filter(({ isUp }) => isUp).length;
    yield gauge("relays_up", "Relays whose stream comes or goes.", up);

    yield loopDelay.metric();
    const { resident, heap, cpu } = usage();
    yield gauge("resident_memory_bytes", "Memory of the process.", resident);
    yield gauge("heap_bytes", "Of it, JavaScript objects.", heap);
    yield counter("cpu_seconds", "Time of processors used.", cpu);
  };
}

/** What the process uses now. */
export function usage(): Usage {
  const { rss, heapUsed } = Deno.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1_000_000, resident: rss, heap: heapUsed };
}
