import type { Hub, Listener } from "../../hub/mod.ts";
import { shownPeer } from "../events/hub_events.ts";
import type { History } from "../history/history.ts";
import { protocolOf } from "../source.ts";
import { PEER, PROTOCOLS, rateOf } from "./clients.ts";
import { text, word } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlParts } from "./parts.ts";
import { ask, type Route } from "./route.ts";
import { aCount, aFlag, anObject, aNumber, aPage, aText, aTime, named } from "./schema.ts";

const LISTENER = named(
  "Listener",
  anObject({
    id: aText(),
    publication: aText("Name of the stream, which may not be published yet."),
    client: PEER,
    startedAt: aTime("Milliseconds since the Unix epoch."),
    delay: aNumber("Milliseconds of media that it has not taken yet."),
    backlog: aCount("Bytes of media that it has not taken yet."),
    latency: aNumber("Milliseconds on the way to it, as far as its protocol can tell."),
    dropped: aCount("Video frames that it was too slow for."),
    droppedRate: aNumber("Of them, per second, in the last minute."),
    isSlow: aFlag("It missed frames in the last minute, or is some seconds behind."),
    rate: aNumber("Bytes of media per second."),
    minuteRate: aNumber("The same, in the last minute."),
    bytes: aCount("Media that it got."),
    isPaused: aFlag(),
    hasAudio: aFlag("It wants sound."),
    hasVideo: aFlag("It wants pictures."),
  }),
);

export function listenerRoutes({ hub, history }: ControlParts): Route[] {
  const orders = {
    dropped: (listener: Listener) => history.keepingUp(listener)?.slowness ?? 0,
    backlog: ({ backlog }: Listener) => backlog,
    delay: ({ delay }: Listener) => delay,
    rate: rateOf,
    since: ({ startedAt }: Listener) => startedAt,
  };
  return [
    ask("/listeners", {
      summary: "Who plays which stream, and how it keeps up",
      fields: {
        ...pageFields(orders),
        publication: text("Only those of one stream, by its name."),
        client: text("Only those of one client, by its id."),
        protocol: word("", PROTOCOLS, "Only those of one protocol."),
      },
      answer: aPage(LISTENER),
      respond({ publication, client, protocol, ...wanted }) {
        const found = [...listenersOf(hub, publication)].filter((listener) =>
          (client === "" || listener.client.id === client) &&
          (protocol === "" || protocolOf(listener.client) === protocol)
        );
        return paged(found, wanted, {
          orders,
          texts: textsOf,
          show: (listener) => shown(listener, history),
        });
      },
    }),
  ];
}

/** All, or those of one stream. */
function* listenersOf(hub: Hub, name: string): Generator<Listener> {
  for (const publication of hub.streams) {
    if (name === "" || publication.name === name) yield* publication.listeners.values();
  }
}

function textsOf({ publication, client }: Listener): string[] {
  return [publication.name, client.address, client.id, client.user ?? ""];
}

function shown(listener: Listener, history: History) {
  const { id, publication, client, startedAt, delay, backlog, videoQos, audioQos, dataQos } =
    listener;
  const keepingUp = history.keepingUp(listener);
  return {
    id,
    publication: publication.name,
    client: shownPeer(client),
    startedAt,
    delay,
    backlog,
    latency: Math.round(Math.max(videoQos.latency, audioQos.latency)),
    dropped: listener.lateFrames,
    droppedRate: keepingUp?.lateRate ?? 0,
    isSlow: keepingUp?.isSlow ?? false,
    rate: rateOf(listener),
    minuteRate: keepingUp?.byteRate ?? 0,
    bytes: videoQos.bytes + audioQos.bytes + dataQos.bytes,
    isPaused: listener.isPaused,
    hasAudio: listener.receiveAudio,
    hasVideo: listener.receiveVideo,
  };
}
