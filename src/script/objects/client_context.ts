import type { Client } from "../../hub/mod.ts";
import type { Application } from "../applications/application.ts";
import type { ScriptWriter } from "./flow_writer.ts";

/** What scripts have of a client, from before `onConnection` until after `onDisconnection`. */
export class ClientContext {
  readonly application: Application;
  /** Pipes that scripts made. */
  readonly writers: Set<ScriptWriter> = new Set();

  constructor(application: Application) {
    this.application = application;
  }
}

/** Undefined for a client that is no more, or not yet. */
export function contextOf(client: Client): ClientContext | undefined {
  return client.context instanceof ClientContext ? client.context : undefined;
}
