import type { ServerOptions } from "../cli/mod.ts";
import { type Config, ConfigTree } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import { parseStreamUrl, RtmpRelay, type StreamUrl } from "../protocols/rtmp/mod.ts";

/** A line of `[relay]`. */
interface RelaySetting {
  readonly name: string;
  readonly does: "play" | "publish";
  readonly urls: readonly [StreamUrl, ...StreamUrl[]];
}

/**
 * What `[relay]` names: `film=rtmp://host/app/stream` is fetched from there while it is wanted here, from
 * the next URL when that fails; `film=push rtmp://host/app/stream` goes there, and to further URLs,
 * while it is published.
 */
export function makeRelays(
  { config, logger }: Pick<ServerOptions, "config" | "logger">,
  hub: Hub,
  scheduler: WriteScheduler,
): RtmpRelay[] {
  const log = logger("relay");
  const { relays, faults } = readRelays(config);
  for (const fault of faults) log.error(fault);
  return relays.flatMap(({ name, does, urls }) => {
    const relay = { hub, log: log.child(name), scheduler, id: name, name, does };
    if (does === "play") return [new RtmpRelay({ ...relay, urls })];
    return urls.map((url, at) => {
      const id = at === 0 ? name : `${name}#${at + 1}`;
      return new RtmpRelay({ ...relay, id, urls: [url] });
    });
  });
}

/** What is wrong with `[relay]`, one line each. */
export function relayFaults(config: Config): string[] {
  return readRelays(config).faults;
}

function readRelays(config: Config): { relays: RelaySetting[]; faults: string[] } {
  const section = config.tree.get("relay");
  const relays: RelaySetting[] = [];
  const faults: string[] = [];
  for (const [name, value] of section instanceof ConfigTree ? settings(section) : []) {
    const [first = "", ...more] = value.split(/\s+/).filter(Boolean);
    const isPush = first.toLowerCase() === "push";
    const texts = isPush ? more : [first, ...more];
    const [url, ...others] = texts.map(parseStreamUrl).filter((url) => url !== undefined);
    if (url && others.length === texts.length - 1) {
      relays.push({ name, does: isPush ? "publish" : "play", urls: [url, ...others] });
      continue;
    }
    const bad = texts.find((text) => parseStreamUrl(text) === undefined) ?? "";
    // The query, or what follows the first part of the path, is a key as a rule.
    const shown = bad.replace(/\?.*/, "").replace(/\/\/.*@/, "//…@")
      .replace(/(\/\/[^/]*\/[^/]+)\/.*/, "$1/…").replace(/(?<=[^/]\/)[^/]+$/, "…");
    faults.push(
      `relay.${name}: "${shown}" is no URL such as rtmp://host/app/stream; several may follow ` +
        `each other, with "push" before them when the stream goes there`,
    );
  }
  return { relays, faults };
}

/** Names and values; a name with a dot is a section to the reader of the ini. */
function* settings(tree: ConfigTree, prefix = ""): Generator<[name: string, value: string]> {
  for (const [name, value] of tree) {
    if (value instanceof ConfigTree) yield* settings(value, `${prefix}${name}.`);
    else yield [`${prefix}${name}`, value];
  }
}
