import type { Client, Hub } from "../../hub/mod.ts";
import { HttpError } from "../../protocols/http/mod.ts";
import { shownPeer } from "../events/hub_events.ts";
import { protocolOf } from "../source.ts";
import { text, word } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlParts } from "./parts.ts";
import { act, ask, type Route } from "./route.ts";
import {
  aList,
  anObject,
  aNumber,
  aPage,
  aText,
  aTime,
  aWord,
  DONE,
  named,
  orNull,
} from "./schema.ts";
import type { Schema } from "./schema.ts";

export const PROTOCOLS = ["rtmp", "rtmfp", "http", "websocket"] as const;

/** A client as events and lists name it. */
export const PEER: Schema = named(
  "Peer",
  anObject({
    id: aText("64 hexadecimal digits."),
    address: aText("host:port of the peer."),
    protocol: aWord(PROTOCOLS),
    transport: aText("What carries the protocol: RTMPS, RTMPT, WSS and the like."),
    user: orNull(aText("Whose key let it in.")),
  }),
);

/** What is shown of a client that says or plays very much. */
const LONGEST_PROGRAM = 200;
const MOST_NAMES = 20;

const CLIENT = named(
  "Client",
  anObject({
    ...(PEER["properties"] as Record<string, Schema>),
    application: aText("Its path, as in /live; / for the root."),
    program: aText("What the client says it is."),
    connectedAt: aTime("Milliseconds since the Unix epoch."),
    ping: aNumber("Round-trip time in milliseconds."),
    publishes: aList(aText("Name of a stream; the first 20 of them.")),
    plays: aList(aText("Name of a stream; the first 20 of them.")),
    received: aNumber("Media that it sends, in bytes per second."),
    sent: aNumber("Media that it gets, in bytes per second."),
  }),
);

/** What a client does. */
interface Activity {
  readonly publishes: string[];
  readonly plays: string[];
  received: number;
  sent: number;
}

interface Item extends Activity {
  readonly client: Client;
}

const ORDERS = {
  since: ({ client }: Item) => client.connectedAt,
  address: ({ client }: Item) => client.address,
  received: ({ received }: Item) => received,
  sent: ({ sent }: Item) => sent,
  ping: ({ client }: Item) => client.ping,
};

export function clientRoutes({ hub }: ControlParts): Route[] {
  const find = (id: string) => {
    const client = hub.clients.get(id);
    if (client === undefined) throw new HttpError(404, `there is no client ${id}`);
    return client;
  };
  return [
    ask("/clients", {
      summary: "Clients that are connected to an application",
      fields: {
        ...pageFields(ORDERS),
        protocol: word("", PROTOCOLS, "Only those of one protocol."),
        application: text("Only those of one application, by its path."),
        address: text("Only those whose address begins so."),
      },
      answer: aPage(CLIENT),
      respond({ protocol, application, address, ...wanted }) {
        const activities = activitiesOf(hub);
        const items: Item[] = [];
        for (const client of hub.clients.values()) {
          const isWanted = (protocol === "" || protocolOf(client) === protocol) &&
            (application === "" || (client.path || "/") === application) &&
            client.address.startsWith(address);
          if (isWanted) items.push({ client, ...activities.get(client) ?? idle() });
        }
        return paged(items, wanted, { orders: ORDERS, texts: textsOf, show: shown });
      },
    }),
    ask("/clients/{id}", {
      summary: "One client",
      answer: CLIENT,
      respond(_fields, path) {
        const client = find(path("id"));
        return shown({ client, ...activitiesOf(hub).get(client) ?? idle() });
      },
    }),
    act("/clients/{id}/kick", {
      summary: "Ends the connection of a client, which is told the words",
      fields: { words: text("What the client is told.") },
      answer: DONE,
      respond({ words }, path) {
        const client = find(path("id"));
        client.end("kicked", `kicked${words && `: ${words}`}`, words);
        return { done: true };
      },
    }),
  ];
}

function textsOf({ client, publishes, plays }: Item): string[] {
  const { id, address, user = "", path, flashVersion } = client;
  return [id, address, user, path || "/", flashVersion, ...publishes, ...plays];
}

function shown({ client, ...activity }: Item) {
  const { path, flashVersion, connectedAt, ping } = client;
  return {
    ...shownPeer(client),
    application: path || "/",
    program: flashVersion.slice(0, LONGEST_PROGRAM),
    connectedAt,
    ping: Math.round(ping),
    ...activity,
    publishes: activity.publishes.slice(0, MOST_NAMES),
    plays: activity.plays.slice(0, MOST_NAMES),
  };
}

const idle = (): Activity => ({ publishes: [], plays: [], received: 0, sent: 0 });

/** What all clients do, in one look at all streams. */
function activitiesOf(hub: Hub): Map<Client, Activity> {
  const all = new Map<Client, Activity>();
  const of = (client: Client) => {
    let activity = all.get(client);
    if (activity === undefined) all.set(client, activity = idle());
    return activity;
  };
  for (const publication of hub.streams) {
    const { name, publisher, listeners } = publication;
    if (publisher !== undefined) {
      const activity = of(publisher);
      activity.publishes.push(name);
      activity.received += rateOf(publication);
    }
    for (const listener of listeners.values()) {
      const activity = of(listener.client);
      activity.plays.push(name);
      activity.sent += rateOf(listener);
    }
  }
  return all;
}

/** What has rates of its media. */
export interface Rated {
  readonly audioQos: { readonly byteRate: number };
  readonly videoQos: { readonly byteRate: number };
  readonly dataQos: { readonly byteRate: number };
}

/** Bytes of media per second. */
export function rateOf({ audioQos, videoQos, dataQos }: Rated): number {
  return audioQos.byteRate + videoQos.byteRate + dataQos.byteRate;
}
