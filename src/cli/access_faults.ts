import { join, resolve } from "node:path";
import { isUrl, readKeys, readRules, settingFaults } from "../access/mod.ts";
import { errorText } from "../base/mod.ts";
import { type Config, type Fault, fault, type Places } from "../config/mod.ts";

/** What is wrong with the rules of `[access]`, and with their file of keys. */
export function accessFaults(config: Config, { dir, www }: Places): Fault[] {
  const rules = readRules(config, (path) => isFolder(join(www, path)));
  const faults = [...settingFaults(config), ...rules.faults];
  const tokenKeys = config.setting("access.jwtKeys");
  if (tokenKeys?.value && !isUrl(tokenKeys.value)) {
    try {
      Deno.readTextFileSync(resolve(dir, tokenKeys.value));
    } catch (error) {
      faults.push(fault("error", tokenKeys, errorText(error)));
    }
  }
  const setting = config.setting("access.keys");
  if (!setting?.value) return faults;
  const origin = resolve(dir, setting.value);
  try {
    const wrong = readKeys(Deno.readTextFileSync(origin)).faults;
    return [
      ...faults,
      ...wrong.map(([line, message]): Fault => ({
        // The other lines apply, at start as later.
        grade: "warning",
        origin,
        line,
        key: "",
        message,
      })),
    ];
  } catch (error) {
    return [...faults, fault("error", setting, errorText(error))];
  }
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
