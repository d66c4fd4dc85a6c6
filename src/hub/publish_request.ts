import type { Client } from "./client.ts";
import type { Directory } from "./directory.ts";
import type { PublishQuestion } from "./handler.ts";
import type { PublisherSink } from "./feed.ts";
import type { Publication } from "./publication.ts";
import type { Publications, PublishSettings } from "./publications.ts";
import type { StreamNames } from "./stream_names.ts";
import { Refusal } from "./refusal.ts";

/** Who wants to publish, under which name. */
export interface PublishRequestOptions extends PublishSettings {
  readonly client: Client;
  /** What the client calls the stream. */
  readonly name: string;
  readonly sink: PublisherSink;
}

/** Where names are taken. */
export interface NamesTaken {
  readonly publications: Publications;
  readonly names: StreamNames;
  readonly directory: Directory;
}

/** A client's publication from the claim of its name to the application's decision. */
export class PublishRequest implements PublishQuestion {
  readonly client: Client;
  onAbandoned: (() => void) | undefined;
  readonly #options: PublishRequestOptions;
  readonly #names: NamesTaken;
  #publication: Publication;
  #isOver = false;

  /** Claims the name. @throws Refusal when another has it, or it is unusable */
  constructor(options: PublishRequestOptions, names: NamesTaken) {
    this.client = options.client;
    this.#options = options;
    this.#names = names;
    this.#publication = this.#claim(options.name);
  }

  get publication(): Publication {
    return this.#publication;
  }

  rename(localName: string): void {
    const publication = this.#publication;
    if (localName === publication.localName) return;
    if (this.#isOver) throw new Refusal("Publish.Failed", "the client waits no longer");
    this.#publication = this.#claim(localName);
    this.#names.publications.withdraw(publication);
  }

  /** It is decided: the publication keeps its name. */
  accept(): Publication {
    this.#isOver = true;
    return this.#publication;
  }

  /** It is decided: the name is free again. */
  withdraw(): void {
    this.#isOver = true;
    this.#names.publications.withdraw(this.#publication);
  }

  #claim(localName: string): Publication {
    const { publications, names, directory } = this.#names;
    const { client, sink } = this.#options;
    const name = names.nameOf(client.path, localName, "Publish.BadName");
    directory.claim(name);
    const origin = { kind: "client", id: client.id } as const;
    return publications.reserve(name, this.#options, origin, client, sink);
  }
}
