import type { Application } from "../applications/application.ts";
import type { Host } from "../host.ts";

/** Something that a script opens, and that may close and open again. */
export interface Openable {
  /** True while events can come. */
  readonly isActive: boolean;
  /** Closes it without an event. */
  close(): void;
}

const holders = new WeakMap<Openable, Holder>();

/**
 * Keeps a script's object while it is open, even when the script forgot it, and closes it when its
 * application stops.
 */
export class Holder {
  readonly application: Application;
  readonly #host: Host;
  readonly #object: Openable;
  readonly #resource = {
    close: () => {
      this.#object.close();
      this.#host.objects.release(this.#object);
    },
  };

  /** For an object of the application whose script runs, or of `application`. */
  constructor(host: Host, object: Openable, application = host.applications.current) {
    this.#host = host;
    this.#object = object;
    this.application = application;
    holders.set(object, this);
  }

  static of(object: Openable): Holder | undefined {
    return holders.get(object);
  }

  /** Call it after whatever may have opened or closed the object. */
  update(): void {
    const { objects, vm } = this.#host;
    const { resources } = this.application;
    if (this.#object.isActive) {
      resources.add(this.#resource);
      // What is alive when it is pushed is kept from then on.
      vm.reserve(8);
      objects.pushObject(this.#object);
      vm.pop();
    } else if (resources.delete(this.#resource)) {
      objects.release(this.#object);
    }
  }
}
