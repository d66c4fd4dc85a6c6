import type { Later } from "../../base/mod.ts";
import { isValueObject, type Value, ValueReader } from "../../codecs/mod.ts";
import { type Change, ClientObjects, keepValues, type SharedObjects } from "../../flash/mod.ts";
import { type Client, Refusal } from "../../hub/mod.ts";
import { JSON_NOTICES } from "./object_notices.ts";
import { SHARED_OBJECT } from "./params.ts";

/** The shared objects of a client in JSON: `["__sharedObject", name, action, …]`. */
export class SocketObjects {
  readonly #shared: SharedObjects;
  readonly #client: Client;
  readonly #send: (text: Uint8Array) => void;
  /** Made for the first message of this kind: most clients send none. */
  #objects: ClientObjects | undefined;
  #isClosed = false;

  /** @param send sends a text frame */
  constructor(objects: SharedObjects, client: Client, send: (text: Uint8Array) => void) {
    this.#shared = objects;
    this.#client = client;
    this.#send = send;
  }

  /** @throws Refusal when the message makes no sense */
  receive([name, action, ...args]: readonly Value[]): Later<void> {
    if (typeof name !== "string") throw refused("a name is wanted");
    if (this.#isClosed) return;
    const objects = this.#objects ??= this.#open();
    const [first, second] = args;
    switch (action) {
      case "use":
        return objects.use(name, first === true, versionOf(second));
      case "release":
        return objects.release(name);
      case "set":
        return objects.change(name, versionOf(first), changesOf(second));
      case "send": {
        if (typeof first !== "string") throw refused("send wants the name of a handler");
        const change: Change = { kind: "send", name: first, args: kept(args.slice(1)) };
        return objects.change(name, 0, [change]);
      }
      case "clear":
        return objects.change(name, 0, [{ kind: "clear" }]);
      default:
        throw refused("one of use, release, set, send, clear is wanted behind the name");
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#objects?.close();
  }

  #open(): ClientObjects {
    const client = this.#client;
    const output = { encoder: JSON_NOTICES, send: this.#send };
    return new ClientObjects({ objects: this.#shared, client, scope: client.path, output });
  }
}

/** Slots and values of `{slot: value}`; null removes a slot. */
function changesOf(slots: Value): Change[] {
  if (!isValueObject(slots)) throw refused("set wants a version and an object of slots");
  return Object.entries(slots).map(([name, value]) =>
    value === null ? { kind: "remove", name } : { kind: "set", name, value: kept([value]) }
  );
}

function kept(values: readonly Value[]): Uint8Array {
  return keepValues(new ValueReader(values));
}

function versionOf(value: Value): number {
  return typeof value === "number" && value > 0 ? value : 0;
}

function refused(text: string): Refusal {
  return new Refusal("Call.Failed", `${SHARED_OBJECT}: ${text}`);
}
