import mpegts from "mpegts.js/dist/mpegts.js" with { type: "text" };

/** Scripts for web pages that come from npm packages, by the path they are served under. */
export const browserScripts: ReadonlyMap<string, string> = new Map([["/mpegts.js", mpegts]]);
