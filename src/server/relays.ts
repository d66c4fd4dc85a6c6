import type { ServerOptions } from "../cli/mod.ts";
import { ConfigTree } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import { parseStreamUrl, RtmpRelay } from "../protocols/rtmp/mod.ts";

/**
 * What `[relay]` names: `film=rtmp://host/app/stream` comes from there while somebody listens, from
 * the next URL when that fails; `film=push rtmp://host/app/stream` goes there, and to further URLs,
 * while it is published.
 */
export function makeRelays(
  { config, logger }: Pick<ServerOptions, "config" | "logger">,
  hub: Hub,
  scheduler: WriteScheduler,
): RtmpRelay[] {
  const section = config.tree.get("relay");
  if (!(section instanceof ConfigTree)) return [];
  const log = logger("relay");
  const relays: RtmpRelay[] = [];
  for (const [name, value] of settings(section)) {
    const [first = "", ...more] = value.split(/\s+/).filter(Boolean);
    const isPush = first.toLowerCase() === "push";
    const texts = isPush ? more : [first, ...more];
    const [url, ...others] = texts.map(parseStreamUrl);
    if (url === undefined || !others.every((other) => other !== undefined)) {
      const bad = texts.find((text) => parseStreamUrl(text) === undefined) ?? "";
      // The query, or the last part, is a key as a rule.
      const shown = bad.replace(/\?.*/, "").replace(/\/\/.*@/, "//…@")
        .replace(/(?<=[^/]\/)[^/]+$/, "…");
      log.error(
        `relay.${name}: "${shown}" is no URL such as rtmp://host/app/stream; several may follow ` +
          `each other, with "push" before them when the stream goes there`,
      );
      continue;
    }
    const relay = { hub, log: log.child(name), scheduler, name };
    if (!isPush) relays.push(new RtmpRelay({ ...relay, urls: [url, ...others], does: "play" }));
    else {
      for (const target of [url, ...others]) {
        relays.push(new RtmpRelay({ ...relay, urls: [target], does: "publish" }));
      }
    }
  }
  return relays;
}

/** Names and values; a name with a dot is a section to the reader of the ini. */
function* settings(tree: ConfigTree, prefix = ""): Generator<[name: string, value: string]> {
  for (const [name, value] of tree) {
    if (value instanceof ConfigTree) yield* settings(value, `${prefix}${name}.`);
    else yield [`${prefix}${name}`, value];
  }
}
