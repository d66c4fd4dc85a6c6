import type { Later } from "../../base/mod.ts";
import type { Value } from "../../codecs/mod.ts";
import { SHARED_OBJECT } from "./params.ts";

/** What a socket's client may ask of the server itself. */
export interface OrderTarget {
  publish(stream: Value): Later<void>;
  play(stream: Value): Later<void>;
  closePublish(): void;
  closePlay(name: Value): void;
  closeByClient(): void;
  sharedObject(values: readonly Value[]): Later<void>;
}

/** Does what a message asks for, by the values behind its name. */
export type Order = (target: OrderTarget, values: readonly Value[]) => Later<void>;

/** Messages that are no calls, by their name. */
export const ORDERS: Readonly<Record<string, Order | undefined>> = Object.assign(
  Object.create(null),
  {
    __publish: (target, [stream]) => target.publish(stream),
    __play: (target, [stream]) => target.play(stream),
    __closePublish: (target) => target.closePublish(),
    __closePlay: (target, [name]) => target.closePlay(name),
    __close: (target) => target.closeByClient(),
    [SHARED_OBJECT]: (target, values) => target.sharedObject(values),
  } satisfies Record<string, Order>,
);
