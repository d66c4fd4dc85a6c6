import type { Later } from "../../base/mod.ts";
import { type DataReader, readValues, type Value } from "../../codecs/mod.ts";
import { SHARED_OBJECT } from "./params.ts";

/** Calls with ids, answers to those of the server, and what is answered as it came. */
export interface CallTarget {
  ping(args: DataReader): void;
  call(args: DataReader): Later<void>;
  succeed(args: DataReader): void;
  fail(args: DataReader): void;
}

/** What a socket's client may ask of the server itself. */
export interface OrderTarget {
  publish(stream: Value): Later<void>;
  play(stream: Value): Later<void>;
  closePublish(): void;
  closePlay(name: Value): void;
  closeByClient(): void;
  sharedObject(values: readonly Value[]): Later<void>;
  readonly calls: CallTarget;
}

/** Does what a message asks for, by what is behind its name. */
export type Order = (target: OrderTarget, args: DataReader) => Later<void>;

/** Messages that are no calls, by their name. */
export const ORDERS: Readonly<Record<string, Order | undefined>> = Object.assign(
  Object.create(null),
  {
    __call: (target, args) => target.calls.call(args),
    __result: (target, args) => target.calls.succeed(args),
    __error: (target, args) => target.calls.fail(args),
    __ping: (target, args) => target.calls.ping(args),
    __publish: (target, args) => target.publish(readValues(args)[0]),
    __play: (target, args) => target.play(readValues(args)[0]),
    __closePublish: (target) => target.closePublish(),
    __closePlay: (target, args) => target.closePlay(readValues(args)[0]),
    __close: (target) => target.closeByClient(),
    [SHARED_OBJECT]: (target, args) => target.sharedObject(readValues(args)),
  } satisfies Record<string, Order>,
);
