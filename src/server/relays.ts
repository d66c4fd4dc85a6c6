import { gauge, type Metered, type Metric } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import { type Config, ConfigTree } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { WriteScheduler } from "../net/mod.ts";
import {
  parseStreamUrl,
  type RelayOptions,
  RtmpRelay,
  type StreamUrl,
} from "../protocols/rtmp/mod.ts";

/** A line of `[relay]`. */
interface RelaySetting {
  /** As it stands there. */
  readonly line: string;
  readonly name: string;
  readonly does: "play" | "publish";
  readonly urls: readonly [StreamUrl, ...StreamUrl[]];
}

/** The relays of the settings, which may change. */
export class Relays implements Iterable<RtmpRelay>, Metered {
  readonly #make: (setting: RelaySetting) => RtmpRelay[];
  readonly #log: Log;
  /** By their line. */
  readonly #byLine = new Map<string, RtmpRelay[]>();

  constructor(options: Pick<ServerOptions, "logger">, hub: Hub, scheduler: WriteScheduler) {
    this.#log = options.logger("relay");
    this.#make = (setting) => makeRelay(setting, { hub, log: this.#log, scheduler });
  }

  [Symbol.iterator](): Iterator<RtmpRelay> {
    return [...this.#byLine.values()].flat()[Symbol.iterator]();
  }

  /** Makes those of new lines, and ends those whose line is gone; all others go on. */
  renew(config: Config): void {
    const { relays, faults } = readRelays(config);
    for (const fault of faults) this.#log.error(fault);
    const wanted = new Map(relays.map((setting) => [setting.line, setting]));
    for (const [line, made] of [...this.#byLine]) {
      if (wanted.has(line)) continue;
      for (const relay of made) relay.close();
      this.#byLine.delete(line);
    }
    for (const [line, setting] of wanted) {
      if (!this.#byLine.has(line)) this.#byLine.set(line, this.#make(setting));
    }
  }

  *metrics(): Generator<Metric> {
    const all = [...this];
    yield gauge("relays", "Relays that the settings name.", all.length);
    const up = all.filter(({ isUp }) => isUp).length;
    yield gauge("relays_up", "Relays whose stream comes or goes.", up);
    const stopped = all.filter(({ state }) => state === "stopped").length;
    yield gauge("relays_stopped", "Relays that operators have stopped.", stopped);
  }

  close(): void {
    for (const relay of this) relay.close();
  }
}

/**
 * What a line of `[relay]` names: `film=rtmp://host/app/stream` is fetched from there while it is wanted here, from
 * the next URL when that fails; `film=push rtmp://host/app/stream` goes there, and to further URLs,
 * while it is published.
 */
function makeRelay(
  { name, does, urls }: RelaySetting,
  { log, ...given }: Pick<RelayOptions, "hub" | "log" | "scheduler">,
): RtmpRelay[] {
  const relay = { ...given, log: log.child(name), id: name, name, does };
  if (does === "play") return [new RtmpRelay({ ...relay, urls })];
  return urls.map((url, at) => {
    const id = at === 0 ? name : `${name}#${at + 1}`;
    return new RtmpRelay({ ...relay, id, urls: [url] });
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
      relays.push({
        line: `${name}=${value}`,
        name,
        does: isPush ? "publish" : "play",
        urls: [url, ...others],
      });
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
