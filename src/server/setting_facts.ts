import type { SettingFacts } from "../admin/mod.ts";
import { type Config, namedKeys } from "../config/mod.ts";

/** All keys of the settings as operators see them: secrets without their value. */
export function settingFacts(config: Config): SettingFacts[] {
  return namedKeys.map(({ path, key }) => {
    const setting = config.setting(path);
    const isSecret = key.isSecret === true;
    return {
      key: path,
      value: isSecret ? null : setting?.value ?? key.written,
      isSecret,
      isSet: setting !== undefined,
      default: key.written,
      wanted: key.wanted,
      unit: key.unit ?? null,
      help: key.help,
      live: key.isLive === true,
      where: setting === undefined
        ? null
        : setting.line === 0
        ? setting.origin
        : `${setting.origin}:${setting.line}`,
      isPending: false,
    };
  });
}
