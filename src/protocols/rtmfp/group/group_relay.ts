import { ProtocolError } from "../../../bytes/mod.ts";
import { publishMessage } from "../../../flash/mod.ts";
import type { Hub, Publication } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import type { GroupMedia } from "./part_queue.ts";
import { Receiver } from "./receiver.ts";

export interface GroupRelayOptions {
  readonly hub: Hub;
  readonly log: Log;
  /** Name of the stream in the group. */
  readonly streamName: string;
  /** Name of the publication. */
  readonly name: string;
  /** Called after each stream of the name, and at the end. */
  readonly onStreamEnd: () => void;
  readonly onOver: () => void;
}

/** A stream of a group on its way to players of this server, each time that it is published there. */
export class GroupRelay {
  readonly receiver: Receiver;
  readonly #options: GroupRelayOptions;
  #publication: Publication | undefined;
  #isOver = false;
  /** The name is taken by another publisher, which was logged. */
  #isTaken = false;

  constructor(options: GroupRelayOptions) {
    this.#options = options;
    this.receiver = new Receiver(options.streamName, options.hub.clock, {
      onMedia: (media) => this.#publish(media),
      onBatch: () => this.#publication?.flush(),
      onEnd: () => this.#unpublish(),
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Members that this server gets it from. */
  get peers(): number {
    return this.receiver.sources;
  }

  /** Fetches what is missing, and finds out that the stream is over. */
  check(): void {
    this.receiver.check();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.receiver.end();
    this.#options.onOver();
  }

  #publish({ type, time, payload }: GroupMedia): void {
    if (this.#publication?.isRunning !== true && !this.#begin()) return;
    try {
      publishMessage(this.#publication!, type, time, payload);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.log.warn(`message of type ${type} dropped: ${error.message}`);
    }
  }

  #begin(): boolean {
    const { hub, log, name } = this.#options;
    this.#publication = hub.publishFrom({ kind: "relay", id: name }, name);
    if (this.#publication === undefined && !this.#isTaken) {
      log.warn(`${name} is already published: the group's stream is left out`);
    }
    this.#isTaken = this.#publication === undefined;
    return !this.#isTaken;
  }

  #unpublish(): void {
    const publication = this.#publication;
    this.#publication = undefined;
    if (publication?.isRunning) this.#options.hub.unpublish(publication);
    if (!this.#isOver) this.#options.onStreamEnd();
  }
}
