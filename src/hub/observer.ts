import type { Client } from "./client.ts";
import type { Group } from "./group.ts";
import type { Listener } from "./listener.ts";
import type { Publication } from "./publication.ts";
import type { RecordedFile } from "./recorded.ts";
import type { Refused } from "./refused.ts";

/** What another part of the server hears of what happens in the hub; it has no say in it. */
export interface HubObserver {
  /** A client creates more than it may, for the first time, or without an end. */
  onOverRate?(client: Client, text: string): void;
  /** A limit of the {@link InputBudget} has begun to refuse input: of a `host`, or of all. */
  onOverInput?(text: string, host?: string): void;
  /** Something that a client asked for is refused. */
  onRefused?(refused: Refused): void;
  onConnected?(client: Client): void;
  onDisconnected?(client: Client): void;
  onJoined?(client: Client, group: Group): void;
  onUnjoined?(client: Client, group: Group): void;
  /** A peer of another server (its id in hexadecimal) came to be in a group. */
  onVirtualJoined?(peerId: string, group: Group): void;
  onVirtualUnjoined?(peerId: string, group: Group): void;
  onPublished?(publication: Publication): void;
  onUnpublished?(publication: Publication): void;
  /** What a publisher sent was mended or left out; told once for each kind of fault. */
  onFault?(publication: Publication, fault: string): void;
  onSubscribed?(listener: Listener): void;
  onUnsubscribed?(listener: Listener): void;
  /** A listener or a tap has come or gone; the publication may have no publisher here. */
  onListeners?(publication: Publication): void;
  /** A recording is over; what it is of may have ended, or go on in another file. */
  onRecorded?(publication: Publication, file: RecordedFile): void;
}
