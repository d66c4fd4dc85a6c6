import { resolve } from "node:path";
import { errorText } from "../base/mod.ts";
import { type Fault, fault } from "./fault.ts";
import type { Config } from "./config.ts";
import { namedKeys } from "./table.ts";

/** What is wrong with the files that settings name; they are relative to `folder`. */
export function fileFaults(config: Config, folder: string): Fault[] {
  const faults: Fault[] = [];
  for (const { path, key: { pem } } of namedKeys) {
    const setting = config.setting(path);
    if (pem === undefined || !setting?.value) continue;
    const wrong = wrongWith(resolve(folder, setting.value), pem);
    if (wrong !== undefined) faults.push(fault("error", setting, wrong));
  }
  return faults;
}

function wrongWith(file: string, pem: string): string | undefined {
  try {
    const isThere = new RegExp(`^-----BEGIN [A-Z ]*${pem}-----`, "m").test(
      Deno.readTextFileSync(file),
    );
    return isThere ? undefined : `${file} holds no ${pem} in PEM`;
  } catch (error) {
    return errorText(error);
  }
}
