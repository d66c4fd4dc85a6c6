import type { Later } from "../base/mod.ts";
import type { Client } from "./client.ts";
import type { HubObserver } from "./observer.ts";
import { Refusal } from "./refusal.ts";

/** What a client asks for. */
export type Asked = "connect" | "publish" | "play" | "call" | "file" | "object";

/** Something that a client asked for in vain. */
export interface Refused {
  readonly asked: Asked;
  /** Of the stream, the method or the file; the path of the application for connect. */
  readonly name: string;
  readonly client: Client;
  readonly refusal: Refusal;
}

/** Does what a client asks for; who observes the hub is told when it is refused. */
export function telling<T>(
  observers: Iterable<HubObserver>,
  what: Pick<Refused, "asked" | "name" | "client">,
  run: () => Later<T>,
): Later<T> {
  try {
    const value = run();
    if (!(value instanceof Promise)) return value;
    return value.catch((error) => tell(observers, what, error));
  } catch (error) {
    tell(observers, what, error);
  }
}

function tell(
  observers: Iterable<HubObserver>,
  what: Pick<Refused, "asked" | "name" | "client">,
  error: unknown,
): never {
  if (error instanceof Refusal && error.redirect === undefined) {
    for (const each of observers) each.onRefused?.({ ...what, refusal: error });
  }
  throw error;
}
