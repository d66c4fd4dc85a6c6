import type { Clock, Timer } from "../../base/mod.ts";
import type { Hub } from "../../hub/mod.ts";
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

/** The publications of other servers that somebody listens to here: one link for each. */
export class Pulls implements Pulling {
  readonly #options: PullsOptions;
  readonly #pulls = new Map<string, Pull>();
  /** Those that ended by themselves: tried again, with another origin first, after a while. */
  readonly #pauses = new Map<string, Timer>();
  #isClosed = false;

  constructor(options: PullsOptions) {
    this.#options = options;
  }

  /** How many publications are fetched. */
  get count(): number {
    return this.#pulls.size;
  }

  isPulled(name: string): boolean {
    return this.#pulls.has(name);
  }

  reconsider(name: string): void {
    if (this.#isClosed) return;
    const { hub, origins } = this.#options;
    const pull = this.#pulls.get(name);
    const isWanted = hub.hasListeners(name);
    if (pull !== undefined) {
      if (!isWanted) this.#stop(pull);
      return;
    }
    if (!isWanted) return this.#forgetPause(name);
    if (this.#pauses.has(name) || hub.publication(name) !== undefined) return;
    const open = origins(name).filter((server) => server.linkPort > 0);
    const origin = open.find((server) => !server.isLeaving) ?? open[0];
    if (origin !== undefined) this.#start(name, origin);
  }

  release(name: string): void {
    const pull = this.#pulls.get(name);
    if (pull === undefined) return;
    this.#pulls.delete(name);
    // The publisher may be refused after all.
    this.#pause(name);
    pull.close("a publisher has come");
  }

  close(): void {
    this.#isClosed = true;
    for (const pull of this.#pulls.values()) pull.close("the server stops");
    this.#pulls.clear();
    for (const pause of this.#pauses.values()) pause.cancel();
    this.#pauses.clear();
  }

  #start(name: string, origin: Server): void {
    const { hub, log, dial } = this.#options;
    log.info(`${name} is fetched from ${origin.address}`);
    const pull = new Pull(hub, name, origin, dial, (reason) => this.#ended(pull, reason));
    this.#pulls.set(name, pull);
  }

  #stop(pull: Pull): void {
    this.#pulls.delete(pull.name);
    pull.close("nobody listens any more");
    this.#options.log.info(`${pull.name} is fetched no more: nobody listens`);
  }

  #ended(pull: Pull, reason: string): void {
    const { name } = pull;
    if (this.#pulls.get(name) !== pull) return;
    this.#pulls.delete(name);
    this.#options.log.info(`${name} is fetched no more: ${reason}`);
    this.#pause(name);
  }

  #pause(name: string): void {
    const pause = this.#options.clock.after(PULL_RETRY_INTERVAL, () => {
      this.#pauses.delete(name);
      this.reconsider(name);
    });
    this.#pauses.set(name, pause);
  }

  #forgetPause(name: string): void {
    this.#pauses.get(name)?.cancel();
    this.#pauses.delete(name);
  }
}
