import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { errorText } from "../../base/mod.ts";
import { DataError, DataTable, type DataValue } from "./data_table.ts";

/** A value's file is named by the MD5 of its bytes. */
const VALUE_FILE = /^[0-9a-f]{32}$/;

/**
 * Reads a `data` folder as MonaServer leaves it, a folder for each name and in it a file for the
 * value, and adds its values to `table`. Files whose name is not the MD5 of their content are
 * damaged: told to `report` and skipped. Other files are not looked at.
 * @returns how many values were read
 * @throws DataError when nothing can be kept; Deno.errors when the folder itself cannot be read
 */
export function readFolders(
  directory: string,
  table: DataTable,
  report: (fault: string) => void,
): number {
  let count = 0;
  for (const { name, isDirectory } of Deno.readDirSync(directory)) {
    if (!isDirectory) continue;
    try {
      count += readEntry(`${directory}/${name}`, table, name, report);
    } catch (error) {
      if (error instanceof DataError && error.message.startsWith("data cannot be stored")) {
        throw error;
      }
      report(`${directory}/${name} is skipped: ${errorText(error)}`);
    }
  }
  return count;
}

function readEntry(
  folder: string,
  table: DataTable,
  name: string,
  report: (fault: string) => void,
): number {
  const key = Buffer.from(name).toString("latin1");
  const value = readValue(folder, report);
  const entries = [...Deno.readDirSync(folder)];
  if (!entries.some((entry) => entry.isDirectory)) {
    if (value === undefined) return 0;
    table.set(key, value);
    return 1;
  }
  if (value !== undefined) report(`${folder} has entries below it: its own value is skipped`);
  const below = table.get(key);
  return readFolders(folder, below instanceof DataTable ? below : table.addTable(key), report);
}

/** The newest whole value of a folder: a crash can leave the one before it as well. */
function readValue(folder: string, report: (fault: string) => void): DataValue | undefined {
  let newest: string | undefined;
  let newestTime = -Infinity;
  for (const { name, isFile } of Deno.readDirSync(folder)) {
    if (!isFile || !VALUE_FILE.test(name)) continue;
    const file = `${folder}/${name}`;
    const bytes = Deno.readFileSync(file);
    if (createHash("md5").update(bytes).digest("hex") !== name) {
      report(`${file} is damaged and skipped`);
      continue;
    }
    const time = Deno.statSync(file).mtime?.getTime() ?? 0;
    if (time <= newestTime) continue;
    newest = Buffer.from(bytes.buffer).toString("latin1");
    newestTime = time;
  }
  // That server keeps a boolean as its name, and reads it as one.
  return newest === "true" || newest === "false" ? newest === "true" : newest;
}
