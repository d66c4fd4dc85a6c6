import type { Clock } from "../base/mod.ts";
import type { Handler } from "./handler.ts";
import { type LiveRules, MAX_NAME_LENGTH } from "./params.ts";
import { Publication } from "./publication.ts";
import type { PublishMode } from "./origin.ts";
import { Refusal } from "./refusal.ts";
import type { StreamNames } from "./stream_names.ts";
import { SilentPublishers } from "./silent_publishers.ts";

/** What all publications of a hub have in common. */
export interface PublicationsOptions {
  readonly clock: Clock;
  readonly handler: () => Handler;
  readonly rules: () => LiveRules;
  readonly names: StreamNames;
  /** Hears what is mended or left out of what a publisher sends. */
  readonly onFault: (publication: Publication, fault: string) => void;
}

/** How a publisher wants to publish. */
export interface PublishSettings {
  readonly parameters: ReadonlyMap<string, string>;
  readonly mode: PublishMode;
}

/** Every publication with a publisher or listeners, by name: who may have a name, and until when. */
export class Publications implements Iterable<Publication> {
  readonly #options: PublicationsOptions;
  readonly #all: Map<string, Publication> = new Map();
  readonly #silent: SilentPublishers;

  constructor(options: PublicationsOptions) {
    this.#options = options;
    this.#silent = new SilentPublishers(options.clock);
  }

  /** The publication of that name, whether or not it has a publisher. */
  get(name: string): Publication | undefined {
    return this.#all.get(name);
  }

  [Symbol.iterator](): Iterator<Publication> {
    return this.#all.values();
  }

  /**
   * The same; it comes to be when there is none.
   * @param code of the refusal
   * @throws Refusal when the name is unusable
   */
  open(name: string, code: string): Publication {
    checkName(name, code);
    return this.#all.get(name) ?? this.#create(name);
  }

  /**
   * One that has no place among the others, for a single listener.
   * @param code of the refusal
   * @throws Refusal when the name is unusable
   */
  alone(name: string, code: string): Publication {
    checkName(name, code);
    return this.#make(name);
  }

  /**
   * Takes a name for a publisher that is not accepted yet.
   * @param of the rest of {@link Publication.reserve}
   * @throws Refusal `Publish.BadName` when another has it, or the name is unusable
   */
  reserve(
    name: string,
    { parameters, mode }: PublishSettings,
    ...of: Parameters<Publication["reserve"]>
  ): Publication {
    const publication = this.open(name, "Publish.BadName");
    if (publication.isTaken) {
      this.#silent.probe(publication);
      throw new Refusal("Publish.BadName", `${name} is already publishing`);
    }
    publication.parameters = parameters;
    publication.mode = mode;
    publication.reserve(...of);
    return publication;
  }

  /** The publisher is not accepted: the name is free again. */
  withdraw(publication: Publication): void {
    publication.withdraw();
    this.#silent.forget(publication);
    this.forget(publication);
  }

  /** The publisher is gone. */
  end(publication: Publication): void {
    publication.end();
    this.#silent.forget(publication);
    this.forget(publication);
  }

  /** Drops a publication without publisher and players. */
  forget(publication: Publication): void {
    const { isTaken, audience, awaited, name } = publication;
    if (isTaken || audience.size > 0 || awaited > 0) return;
    if (this.#all.get(name) === publication) this.#all.delete(name);
  }

  #create(name: string): Publication {
    const publication = this.#make(name);
    this.#all.set(name, publication);
    return publication;
  }

  #make(name: string): Publication {
    const { clock, handler, rules, names, onFault } = this.#options;
    const publication: Publication = new Publication({
      name,
      ...names.split(name),
      clock,
      handler,
      rules: rules(),
      onFault: (fault) => onFault(publication, fault),
    });
    return publication;
  }
}

/** @throws Refusal */
function checkName(name: string, code: string): void {
  if (name === "") throw new Refusal(code, "a stream needs a name");
  if (name.length > MAX_NAME_LENGTH) {
    throw new Refusal(code, `a stream name has at most ${MAX_NAME_LENGTH} characters`);
  }
}
