import type { ServerOptions } from "../cli/mod.ts";
import { ConfigTree } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import { parseStreamUrl, RtmpRelay } from "../protocols/rtmp/mod.ts";

/**
 * What `[relay]` names: `film=rtmp://host/app/stream` comes from there while somebody listens,
 * `film=push rtmp://host/app/stream` goes there (and to further URLs) while it is published.
 */
export function makeRelays(
  { config, logger }: ServerOptions,
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
    const urls = texts.map(parseStreamUrl);
    if (urls.length === 0 || urls.includes(undefined) || (!isPush && urls.length > 1)) {
      log.error(`relay.${name}: "${value}" is neither rtmp://host/app/stream nor "push" and URLs`);
      continue;
    }
    for (const url of urls) {
      if (url === undefined) continue;
      const does = isPush ? "publish" : "play";
      relays.push(new RtmpRelay({ hub, log: log.child(name), scheduler, name, url, does }));
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
