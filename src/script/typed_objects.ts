import type { DataInput, DataOutput } from "../codecs/mod.ts";
import type { Applications } from "./applications/applications.ts";
import type { Pointer } from "./lua/build.ts";
import type { Objects } from "./lua/objects.ts";
import type { TypedObjects } from "./lua/typed_objects.ts";
import { ExternalInput } from "./objects/byte_reader.ts";
import { ExternalOutput } from "./objects/byte_writer.ts";

/** Our objects as data, and `onTypedObject(type, object)` of the application whose data is read. */
export class ApplicationTypes implements TypedObjects {
  readonly #objects: Objects;
  readonly #applications: () => Applications;

  constructor(objects: Objects, applications: () => Applications) {
    this.#objects = objects;
    this.#applications = applications;
  }

  dataAt(table: Pointer): Iterable<() => void> | undefined {
    return this.#objects.dataAt(table);
  }

  announce(type: string): void {
    const { vm } = this.#objects;
    const applications = this.#applications();
    const application = applications.current;
    if (!application.has("onTypedObject")) return;
    const object = vm.top;
    if (!applications.begin(application, "onTypedObject")) return;
    vm.pushText(type);
    vm.pushCopy(object);
    applications.attemptNow(2);
    vm.checkBudget();
  }

  pushInput(input: DataInput): void {
    this.#objects.pushObject(new ExternalInput(input));
  }

  pushOutput(output: DataOutput): void {
    this.#objects.pushObject(new ExternalOutput(output));
  }
}
