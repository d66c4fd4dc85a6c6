import { FakeClock } from "../support/fake_clock.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { DataStore } from "../../src/services/mod.ts";

/** A folder for one test, with what it takes to open a store in it again and again. */
export class DataFolder {
  readonly path = Deno.makeTempDirSync({ prefix: "data" });
  readonly clock = new FakeClock();
  readonly log = new CaptureLog();

  open(): DataStore {
    return DataStore.open({ directory: this.path, clock: this.clock, log: this.log });
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** A table as a plain object, to compare. */
export function plain(table: DataStore["root"]): Record<string, unknown> {
  return Object.fromEntries(
    [...table.entries()].map(([name, entry]) => [
      name,
      typeof entry === "object" ? plain(entry) : entry,
    ]),
  );
}
