import type { Client } from "../../hub/mod.ts";
import type { Application } from "../applications/application.ts";
import type { Account } from "../shares.ts";

/** What scripts have of a client, from before `onConnection` until after `onDisconnection`. */
export class ClientContext {
  readonly application: Application;
  /** What the client's events are charged to. */
  readonly account: Account;
  #writers: Set<object> | undefined;

  constructor(application: Application, account: Account) {
    this.application = application;
    this.account = account;
  }

  /** What scripts hold of flows that they made. */
  get writers(): Set<object> {
    return this.#writers ??= new Set();
  }
}

/** Undefined for a client that is no more, or not yet. */
export function contextOf(client: Client): ClientContext | undefined {
  return client.context instanceof ClientContext ? client.context : undefined;
}
