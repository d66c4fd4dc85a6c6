const textOf = ({ default: text }: { readonly default: string }) => text;

/**
 * Scripts for web pages that come with the program, by the path they are served under. They are
 * loaded when they are asked for first.
 */
export const browserScripts: ReadonlyMap<string, () => Promise<string>> = new Map([
  ["/bridge.js", () => import("./texts/bridge.ts").then(textOf)],
  ["/hls.js", () => import("./texts/hls.ts").then(textOf)],
  ["/mpegts.js", () => import("./texts/mpegts.ts").then(textOf)],
  ["/shared_objects.js", () => import("./texts/shared_objects.ts").then(textOf)],
]);
