import { errorText, systemClock } from "../base/mod.ts";
import { NamedLog } from "../logs/mod.ts";
import { DataStore, exportJson, importJson, readFolders } from "../services/mod.ts";
import type { Settings } from "./settings.ts";
import type { Surroundings } from "./surroundings.ts";

/** What to do with the data of scripts. */
export interface DataRequest {
  readonly action: "export" | "import";
  /** Absolute; undefined for the standard output. */
  readonly file: string | undefined;
}

/** Exports or imports what scripts keep; resolves to the exit code. */
export async function transferData(
  { action, file }: DataRequest,
  { places }: Settings,
  around: Surroundings,
): Promise<number> {
  const directory = places.data;
  const store = DataStore.open({ directory, clock: systemClock, log: new FaultLog(around.err) });
  try {
    if (store.unread !== undefined) throw new Error(`data cannot be read: ${store.unread}`);
    if (action === "export") {
      if (store.root.everything().next().done) around.err(`nothing is kept in ${directory}\n`);
      return exportTo(file, store, around);
    }
    return importFrom(file ?? "", store, directory, around);
  } finally {
    await store.close();
  }
}

/** A server that runs may go on meanwhile: what it wrote so far is exported. */
function exportTo(file: string | undefined, store: DataStore, around: Surroundings): number {
  if (file === undefined) {
    exportJson(store.root, around.out);
    return 0;
  }
  const pieces: string[] = [];
  exportJson(store.root, (piece) => pieces.push(piece));
  Deno.writeTextFileSync(file, pieces.join(""));
  around.err(`exported to ${file}\n`);
  return 0;
}

function importFrom(
  file: string,
  store: DataStore,
  directory: string,
  around: Surroundings,
): number {
  const isFolder = Deno.statSync(file).isDirectory;
  const count = isFolder
    ? readFolders(file, store.root, (fault) => around.err(`${fault}\n`))
    : importText(file, Deno.readTextFileSync(file), store);
  store.write();
  if (store.failure !== undefined) throw new Error(`data cannot be stored: ${store.failure}`);
  around.err(`${count} values of ${file} imported to ${directory}\n`);
  return 0;
}

function importText(file: string, text: string, store: DataStore): number {
  try {
    return importJson(text, store.root);
  } catch (error) {
    throw new Error(`${file}: ${errorText(error)}`);
  }
}

/** Tells a person what is damaged; that the folder is in use is told by what fails for it. */
class FaultLog extends NamedLog {
  readonly dumps = false;
  readonly #err: (text: string) => void;

  constructor(err: (text: string) => void) {
    super([]);
    this.#err = err;
  }

  isEnabled(): boolean {
    return true;
  }
  child(): this {
    return this;
  }
  dump(): void {}
  protected write(_level: string, message: string): void {
    if (!message.startsWith("data cannot be stored")) this.#err(`${message}\n`);
  }
}
