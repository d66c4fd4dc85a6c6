import { levels } from "../../base/mod.ts";
import { PROTOCOLS } from "./clients.ts";
import { protocolOf } from "../source.ts";
import type { ControlParts } from "./parts.ts";
import { CURVES, SAMPLES_FIELD } from "./publications.ts";
import { ask, type Route } from "./route.ts";
import { aCount, aFlag, aMap, anObject, aNumber, aText, aTime, aWord, named } from "./schema.ts";

const TRAFFIC = named(
  "Traffic",
  anObject({
    bytes: aCount("Of media, since the start."),
    rate: aNumber("Bytes per second, in the newest sample."),
  }),
);

const OVERVIEW = named(
  "Overview",
  anObject({
    server: anObject({
      id: aText("32 hexadecimal digits, drawn when it started."),
      version: aText(),
      deno: aText(),
      host: aText("Name or address that clients are told; empty for none."),
      startedAt: aTime("Milliseconds since the Unix epoch."),
      uptime: aCount("Milliseconds."),
      console: aFlag("Lua may be evaluated."),
      level: aWord(levels, "Lowest level of the log."),
    }),
    clients: anObject({
      total: aCount(),
      ...Object.fromEntries(PROTOCOLS.map((name) => [name, aCount()])),
    }),
    publications: aCount(),
    listeners: aCount(),
    groups: aCount(),
    applications: anObject({ total: aCount(), failed: aCount() }),
    servers: aCount("Others of the cluster."),
    relays: anObject({ total: aCount(), up: aCount() }),
    bans: aCount(),
    received: TRAFFIC,
    sent: TRAFFIC,
    droppedFrames: aCount("Video frames that players missed while they waited for a key frame."),
    scriptErrors: aCount(),
    loopDelay: aNumber("Milliseconds of the latest timer, in the newest sample."),
    cpu: aNumber("Processors used, in the newest sample; 1 is one of them."),
    memory: anObject({
      resident: aCount("Bytes of the process."),
      heap: aCount("Of them, JavaScript objects."),
      lua: aCount("Of all applications."),
      luaLimit: aCount("[lua] memory."),
    }),
    ready: anObject({ isReady: aFlag(), checks: aMap(aFlag()) }),
  }),
);

export function overviewRoutes(parts: ControlParts): Route[] {
  const { hub, server, counts, history, health, log, scripts, cluster, relays, bans } = parts;
  const { clock } = hub;
  const startedAt = clock.epoch();
  const begin = clock.now();
  return [
    ask("/overview", {
      summary: "The server in numbers",
      answer: OVERVIEW,
      async respond() {
        const clients = { total: hub.clients.size, rtmp: 0, rtmfp: 0, http: 0, websocket: 0 };
        for (const client of hub.clients.values()) {
          clients[protocolOf(client) as keyof typeof clients]++;
        }
        let [publications, listeners] = [0, 0];
        for (const publication of hub.streams) {
          if (publication.isRunning) publications++;
          listeners += publication.listeners.size;
        }
        const applications = [...scripts.list()];
        const all = relays();
        const totals = counts.totals();
        const { resident, heap } = server.usage();
        return {
          server: {
            id: cluster.name,
            version: server.version,
            deno: server.deno,
            host: server.host,
            startedAt,
            uptime: Math.round(clock.now() - begin),
            console: server.hasConsole(),
            level: log.level,
          },
          clients,
          publications,
          listeners,
          groups: hub.groups.size,
          applications: {
            total: applications.length,
            failed: applications.filter(({ state }) => state === "failed").length,
          },
          servers: cluster.servers.count,
          relays: { total: all.length, up: all.filter(({ state }) => state === "up").length },
          bans: bans.all().length,
          received: { bytes: totals.received, rate: history.last("received") },
          sent: { bytes: totals.sent, rate: history.last("sent") },
          droppedFrames: totals.dropped,
          scriptErrors: scripts.errors,
          loopDelay: history.last("loopDelay"),
          cpu: history.last("cpu"),
          memory: {
            resident,
            heap,
            lua: scripts.memory,
            luaLimit: scripts.memoryLimit,
          },
          ready: await health.readiness(),
        };
      },
    }),
    ask("/history", {
      summary: "Curves of the last hour: clients, streams, traffic, processor, memory",
      fields: { samples: SAMPLES_FIELD },
      answer: CURVES,
      respond: ({ samples }) => history.overview(samples),
    }),
  ];
}
