import type { Later } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { ClientObjects, type ClientObjectsOptions } from "./client_objects.ts";
import {
  FLASH_ENCODERS,
  type ObjectMessage,
  objectMessageType,
  readObjectMessage,
} from "./message.ts";
import type { Change } from "./update.ts";

/** What one NetConnection has to do with shared objects. */
export interface FlashObjectsOptions extends Omit<ClientObjectsOptions, "output"> {
  readonly amf3: boolean;
  readonly log: Log;
  send(type: number, payload: Uint8Array): void;
}

/** The shared objects of a NetConnection: messages 16 and 19. */
export class FlashObjects {
  readonly #objects: ClientObjects;
  readonly #log: Log;

  constructor({ amf3, log, send, ...options }: FlashObjectsOptions) {
    const type = objectMessageType(amf3);
    const encoder = FLASH_ENCODERS[amf3 ? "amf3" : "amf0"];
    const output = { encoder, send: (message: Uint8Array) => send(type, message) };
    this.#objects = new ClientObjects({ ...options, output });
    this.#log = log;
  }

  /** Does what a message asks for. @throws ProtocolError when it is malformed */
  receive(type: number, payload: Uint8Array): Later<void> {
    const message = readObjectMessage(type, payload);
    const [fault] = message.faults;
    if (fault !== undefined) {
      this.#log.warn(`left out an event of a shared object: ${fault}`);
    }
    return this.#run(message);
  }

  close(): void {
    this.#objects.close();
  }

  /** The requests from one on, in order; changes that follow each other at once. */
  #run(message: ObjectMessage, from = 0): Later<void> {
    const { name, version, isPersistent, requests } = message;
    for (let at = from; at < requests.length;) {
      const request = requests[at++]!;
      let work: Later<void> = undefined;
      if (request.kind === "use") work = this.#objects.use(name, isPersistent, version);
      else if (request.kind === "release") this.#objects.release(name);
      else {
        const changes: Change[] = [request];
        for (; at < requests.length; at++) {
          const more = requests[at]!;
          if (more.kind === "use" || more.kind === "release") break;
          changes.push(more);
        }
        work = this.#objects.change(name, version, changes);
      }
      if (work instanceof Promise) return work.then(() => this.#run(message, at));
    }
  }
}
