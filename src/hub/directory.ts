import type { Redirection } from "./handler.ts";

/** The names and peers beyond this server: those of a cluster. Set once when it is wired. */
export interface Directory {
  /** Names that are published on other servers. */
  names(): Iterable<string>;
  /** True while the name is published on another server that stays. */
  isTaken(name: string): boolean;
  /**
   * A client of this server takes a name: what was fetched under it from elsewhere ends.
   * @throws Refusal `Publish.BadName` when the name is taken
   */
  claim(name: string): void;
  /** Where clients of a protocol find a peer (32 bytes) of another server; undefined when unknown. */
  locate(protocol: string, peerId: Uint8Array): Redirection | undefined;
}

/** A server on its own. */
export const NO_DIRECTORY: Directory = {
  names: () => [],
  isTaken: () => false,
  claim: () => {},
  locate: () => undefined,
};
