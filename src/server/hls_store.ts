import type { ServerOptions } from "../cli/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { Hls, SegmentStore } from "../protocols/hls/mod.ts";
import { diskStorage } from "../recordings/mod.ts";

const MEGABYTE = 1_000_000;

/** HTTP Live Streaming as the settings want it; undefined for none. */
export function makeHls({ config, places, logger }: ServerOptions, hub: Hub): Hls | undefined {
  const { applications, window, memory, maxDisk, minFree } = config.hls;
  if (applications === "") return undefined;
  const settings = { ...config.hls, memory: memory * MEGABYTE };
  if (window === 0 || maxDisk === 0) return new Hls(hub, settings);
  const store = new SegmentStore({
    storage: diskStorage,
    folder: places.segments,
    maxSize: maxDisk * MEGABYTE,
    minFree: minFree * MEGABYTE,
    clock: hub.clock,
    log: logger("hls"),
  });
  return new Hls(hub, settings, store);
}
