import { accessFuzzers } from "./access.ts";
import { clusterFuzzers } from "./cluster.ts";
import { codecFuzzers } from "./codecs.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { hlsFuzzers } from "./hls.ts";
import { httpFuzzers } from "./http.ts";
import { luaFuzzers } from "./lua.ts";
import { mediaFuzzers } from "./media.ts";
import { rtmfpFuzzers } from "./rtmfp_wire.ts";
import { recordingFuzzers } from "./recordings.ts";
import { rtmpFuzzers } from "./rtmp.ts";
import { settingsFuzzers } from "./settings.ts";
import { webSocketFuzzers } from "./websocket.ts";

/** Every reader of what others send, and of what a person writes. */
export const targets: readonly Fuzzer[] = [
  ...codecFuzzers,
  ...rtmpFuzzers,
  ...rtmfpFuzzers,
  ...httpFuzzers,
  ...hlsFuzzers,
  ...accessFuzzers,
  ...webSocketFuzzers,
  ...mediaFuzzers,
  ...recordingFuzzers,
  ...clusterFuzzers,
  ...settingsFuzzers,
  ...luaFuzzers,
];
