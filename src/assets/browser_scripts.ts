import bridge from "./bridge.js" with { type: "text" };
import hls from "hls.js/dist/hls.min.js" with { type: "text" };
import mpegts from "mpegts.js/dist/mpegts.js" with { type: "text" };
import sharedObjects from "./shared_objects.js" with { type: "text" };

/** Scripts for web pages that come with the program, by the path they are served under. */
export const browserScripts: ReadonlyMap<string, string> = new Map([
  ["/bridge.js", bridge],
  ["/hls.js", hls],
  ["/mpegts.js", mpegts],
  ["/shared_objects.js", sharedObjects],
]);
