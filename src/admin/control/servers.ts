import type { Cluster, Load, Server } from "../../cluster/mod.ts";
import type { Group, Hub } from "../../hub/mod.ts";
import { HttpError } from "../../protocols/http/mod.ts";
import type { History } from "../history/history.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlledRelay, ControlParts } from "./parts.ts";
import { act, ask, type Route } from "./route.ts";
import {
  aCount,
  aFlag,
  aList,
  aMap,
  anObject,
  aNumber,
  aPage,
  aText,
  aWord,
  DONE,
  named,
  orNull,
} from "./schema.ts";

/** Milliseconds for which what a server said of itself is shown. */
const LOAD_PATIENCE = 30_000;

const SERVER = named(
  "Server",
  anObject({
    id: aText("32 hexadecimal digits, drawn when it started."),
    isSelf: aFlag("It is the server that is asked."),
    address: aText("host:port of the other end; empty for the server that is asked."),
    host: aText("Name or address that clients are sent to; empty when none is set."),
    ports: aMap(aCount()),
    isTarget: aFlag("The server that is asked connected to it."),
    isLinked: aFlag("By a link of its own; else by the broker alone."),
    isLeaving: aFlag("It stops soon."),
    load: orNull(
      anObject({
        clients: aNumber(),
        publications: aNumber(),
        listeners: aNumber(),
        received: aNumber("Media, in bytes per second."),
        sent: aNumber("Media, in bytes per second."),
        cpu: aNumber("Processors used; 1 is one of them."),
      }),
    ),
  }),
);

const GROUP = named(
  "Group",
  anObject({
    id: aText("64 hexadecimal digits."),
    members: aCount("Clients of this server."),
    elsewhere: aCount("Peers of other servers."),
  }),
);

const RELAY = named(
  "Relay",
  anObject({
    id: aText(),
    name: aText("Of the stream here."),
    does: aWord(["play", "publish"]),
    urls: aList(aText("Without what may be a key.")),
    state: aWord(["up", "waiting", "stopped"]),
    failure: orNull(aText("Why it is not up, as far as it was tried.")),
  }),
);

const GROUP_ORDERS = {
  members: ({ clients }: Group) => clients.size,
  elsewhere: ({ virtualMembers }: Group) => virtualMembers.size,
};
const RELAY_ORDERS = {
  name: ({ name }: ControlledRelay) => name,
  state: ({ state }: ControlledRelay) => state,
};

/** What is beyond this server, and the groups that peers form. */
export function serverRoutes({ hub, cluster, relays, server, history }: ControlParts): Route[] {
  const findRelay = (id: string) => {
    const relay = relays().find((relay) => relay.id === id);
    if (relay === undefined) throw new HttpError(404, `there is no relay ${id}`);
    return relay;
  };
  const self = () => ({
    id: cluster.name,
    isSelf: true,
    address: "",
    host: server.host,
    ports: Object.fromEntries(cluster.ports),
    isTarget: false,
    isLinked: false,
    isLeaving: false,
    load: loadOf(hub, history) as Load | null,
  });
  return [
    ask("/servers", {
      summary: "Servers of the cluster, the one that is asked first",
      fields: pageFields({}),
      answer: aPage(SERVER),
      respond(wanted) {
        const now = hub.clock.now();
        const all = [self(), ...[...cluster.servers].map((other) => shown(other, cluster, now))];
        const texts = ({ id, address, host }: Pick<Server, "id" | "address" | "host">) => [
          id,
          address,
          host,
        ];
        return paged(all, wanted, { texts, show: (server) => server });
      },
    }),
    ask("/groups", {
      summary: "NetGroups with members",
      fields: pageFields(GROUP_ORDERS),
      answer: aPage(GROUP),
      respond: (wanted) =>
        paged(hub.groups.values(), wanted, {
          orders: GROUP_ORDERS,
          texts: ({ id }) => [id],
          show: (group) => ({
            id: group.id,
            members: group.clients.size,
            elsewhere: group.virtualMembers.size,
          }),
        }),
    }),
    ask("/relays", {
      summary: "Streams that come from, or go to, servers that are not ours",
      fields: pageFields(RELAY_ORDERS),
      answer: aPage(RELAY),
      respond: (wanted) =>
        paged(relays(), wanted, {
          orders: RELAY_ORDERS,
          texts: ({ name, urls }) => [name, ...urls],
          show: shownRelay,
        }),
    }),
    act("/relays/{id}/start", {
      summary: "Lets a relay work again, while it is wanted",
      answer: DONE,
      respond(_fields, path) {
        findRelay(path("id")).start();
        return { done: true };
      },
    }),
    act("/relays/{id}/stop", {
      summary: "Ends a relay, until it is started",
      answer: DONE,
      respond(_fields, path) {
        findRelay(path("id")).stop();
        return { done: true };
      },
    }),
  ];
}

/** What a server does, by its newest sample. */
export function loadOf(hub: Hub, history: History): Load {
  let [publications, listeners] = [0, 0];
  for (const publication of hub.streams) {
    if (publication.isRunning) publications++;
    listeners += publication.listeners.size;
  }
  return {
    clients: hub.clients.size,
    publications,
    listeners,
    received: history.last("received"),
    sent: history.last("sent"),
    cpu: history.last("cpu"),
  };
}

function shown(
  { id, address, host, ports, isTarget, isLeaving, load }: Server,
  cluster: Cluster,
  now: number,
) {
  return {
    id,
    isSelf: false,
    address,
    host,
    ports: Object.fromEntries(ports),
    isTarget,
    isLinked: cluster.isLinked(id),
    isLeaving,
    load: load !== undefined && now - load.at < LOAD_PATIENCE ? load.told : null,
  };
}

function shownRelay({ id, name, does, urls, state, failure }: ControlledRelay) {
  return { id, name, does, urls, state, failure: failure ?? null };
}
