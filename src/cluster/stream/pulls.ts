import type { Clock } from "../../base/mod.ts";
import { type Hub, OnDemand } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Dial } from "../link/links.ts";
import { PULL_RETRY_INTERVAL } from "../params.ts";
import type { Server } from "../server.ts";
import type { Pulling } from "../sharing/sharing.ts";
import { Pull } from "./pull.ts";

/** Where streams of other servers come from and go to. */
export interface PullsOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly log: Log;
  /** The servers that have a publication of their own of that name. */
  readonly origins: (name: string) => readonly Server[];
  readonly dial: (dial: Dial) => void;
}

/** The publications of other servers that are wanted here: one link for each. */
export class Pulls implements Pulling {
  readonly #options: PullsOptions;
  /** By name: those that are fetched, or are tried again after a while. */
  readonly #pulls = new Map<string, OnDemand>();
  #isClosed = false;

  constructor(options: PullsOptions) {
    this.#options = options;
  }

  reconsider(name: string): void {
    if (this.#isClosed) return;
    const pull = this.#pulls.get(name);
    if (pull !== undefined) pull.look();
    else if (this.#options.hub.isWanted(name)) this.#add(name).look();
  }

  release(name: string): void {
    // The publisher may be refused after all.
    const pull = this.#pulls.get(name);
    if (pull?.isOpen) pull.suspend(PULL_RETRY_INTERVAL, "a publisher has come");
  }

  close(): void {
    this.#isClosed = true;
    for (const pull of this.#pulls.values()) pull.close("the server stops");
    this.#pulls.clear();
  }

  #add(name: string): OnDemand {
    const { hub, clock } = this.#options;
    const pull: OnDemand = new OnDemand({
      clock,
      isWanted: () => hub.isWanted(name),
      open: () => this.#open(name, (pause) => pull.ended(pause)),
      onIdle: () => this.#pulls.delete(name),
    });
    this.#pulls.set(name, pull);
    return pull;
  }

  #open(name: string, onEnded: (pause: number) => void): Pull | undefined {
    const { hub, log, dial, origins } = this.#options;
    if (hub.isTaken(name)) return undefined;
    const open = origins(name).filter((server) => server.linkPort > 0);
    const origin = open.find((server) => !server.isLeaving) ?? open[0];
    if (origin === undefined) return undefined;
    log.info(`${name} is pulled from server ${origin.address}`);
    return new Pull({
      hub,
      name,
      origin,
      dial,
      onEnded: (reason) => {
        log.info(`${name} is no longer pulled: ${reason}`);
        onEnded(PULL_RETRY_INTERVAL);
      },
    });
  }
}
