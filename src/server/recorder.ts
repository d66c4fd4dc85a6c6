import type { ServerOptions } from "../cli/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { diskStorage, readRecordRules, Recorder } from "../recordings/mod.ts";

const MEGABYTE = 1_000_000;

/** Records what the rules of `[record]`, scripts and publishers ask for. */
export function makeRecorder(
  { config, places, logger }: ServerOptions,
  hub: Hub,
): Recorder {
  const { path, maxTime, maxSize, keepTime, keepSize, keepFree, minFree } = config.record;
  const recorder = new Recorder({
    hub,
    clock: hub.clock,
    storage: diskStorage,
    log: logger("record"),
    folder: places.recordings,
    www: places.www,
    rules: readRecordRules(config).rules,
    settings: {
      path,
      maxTime,
      maxSize: maxSize * MEGABYTE,
      keepTime,
      keepSize: keepSize * MEGABYTE,
      keepFree: keepFree * MEGABYTE,
      minFree: minFree * MEGABYTE,
    },
  });
  hub.recordings = recorder;
  return recorder;
}
