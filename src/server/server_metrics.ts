import process from "node:process";
import type { Usage } from "../admin/mod.ts";
import { by, counter, gauge, type MetricSource } from "../base/mod.ts";
import type { Hub } from "../hub/mod.ts";

/** What the server knows as a whole: its version, its clients, what the process uses. */
export function serverMetrics(hub: Hub, version: string): MetricSource {
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
    const help = "Clients that are connected to an application.";
    yield gauge("clients", help, by("protocol", clients));
    yield gauge("groups", "NetGroups with members.", hub.groups.size);
    yield gauge("bans", "Addresses and ranges that are refused.", hub.bans.entries.length);

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
