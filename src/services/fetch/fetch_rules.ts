import ipaddr from "ipaddr.js";
import { isAddress } from "../../base/mod.ts";

/** Which addresses a word stands for. */
const WORDS: Readonly<Record<string, readonly Kind[]>> = Object.assign(Object.create(null), {
  none: [],
  public: ["public"],
  private: ["private"],
  all: ["public", "private"],
});

type Kind = "public" | "private" | "never";

/** Where clouds tell a machine its secrets, beside 169.254.0.0/16: only who is named may be asked. */
const METADATA = [
  "100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
  "fd00:ec2::254",
  "fd20:ce::254",
].map((address) => ipaddr.parse(address).toNormalizedString());

/** Networks of IPv6 whose last bits, or those after the prefix, are an address of IPv4. */
const EMBEDDED: readonly [network: string, at: number][] = [
  ["::ffff:0:0/96", 12],
  ["::ffff:0:0:0/96", 12],
  ["64:ff9b::/96", 12],
  ["64:ff9b:1::/48", 12],
  ["::/96", 12],
  ["2002::/16", 2],
];

interface Item {
  /** A name in lower case; `.example.com` for all below it. */
  readonly name?: string;
  readonly network?: [ipaddr.IPv4 | ipaddr.IPv6, number];
  readonly port?: number;
}

/** Which hosts scripts may ask: `[lua] fetch`. */
export class FetchRules {
  /** As it is written, for messages. */
  readonly text: string;
  /** What is wrong with it; undefined when nothing is. */
  readonly fault: string | undefined;
  readonly #kinds = new Set<Kind>();
  readonly #items: Item[] = [];

  /** Words, names, addresses and networks, separated by commas. */
  constructor(text: string) {
    this.text = text;
    for (const part of text.split(",").map((part) => part.trim().toLowerCase())) {
      const kinds = WORDS[part];
      const item = kinds === undefined ? itemOf(part) : undefined;
      for (const kind of kinds ?? []) this.#kinds.add(kind);
      if (item !== undefined) this.#items.push(item);
      else if (kinds === undefined && part !== "") {
        this.fault ??=
          `"${part}" is none of ${Object.keys(WORDS).join(", ")}, a host, host:port, ` +
          "*.domain, an address or a network such as 10.0.0.0/8";
      }
    }
  }

  /** Whether a name may be asked at this address and port. */
  allows(host: string, address: string, port: number): boolean {
    const parsed = plainAddress(address);
    const name = host.toLowerCase().replace(/\.$/, "");
    const isListed = this.#items.some((item) =>
      (item.port === undefined || item.port === port) && covers(item, name, parsed)
    );
    return isListed || this.#kinds.has(kindOf(parsed));
  }

  /** Why {@link allows} says no. */
  refusal(host: string, address: string): string {
    const kind = kindOf(plainAddress(address));
    const what = kind === "never" ? "a reserved" : `a ${kind}`;
    const where = host === address ? `${host} is ${what} address` : `${host} has ${what} address`;
    return `not allowed: ${where}, [lua] fetch is ${this.text || "none"}`;
  }
}

function covers(item: Item, name: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (item.network !== undefined) {
    const [network, bits] = item.network;
    return network.kind() === address.kind() && address.match(network as never, bits);
  }
  if (item.name === undefined) return false;
  return item.name.startsWith(".") ? name.endsWith(item.name) : name === item.name;
}

function itemOf(text: string): Item | undefined {
  const [, address, bits] = /^\[?([^\]/]+)\]?(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  if (address !== undefined && isAddress(address)) {
    const network = plainAddress(address);
    const most = network.kind() === "ipv4" ? 32 : 128;
    const size = bits === undefined ? most : Number(bits);
    return size <= most ? { network: [network, size] } : undefined;
  }
  const [, host = "", port] = /^(\[[^\]]+\]|[^:/[\]]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  if (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)) return undefined;
  const limited = port === undefined ? {} : { port: Number(port) };
  const bare = host.replace(/^\[|\]$/g, "");
  if (isAddress(bare)) {
    const network = plainAddress(bare);
    return { network: [network, network.kind() === "ipv4" ? 32 : 128], ...limited };
  }
  const name = /^\*(\..+)$/.exec(host)?.[1] ?? host;
  return /^\.?(?=.{1,253}$)[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(name)
    ? { name, ...limited }
    : undefined;
}

/** An address; that of IPv4 which one of IPv6 stands for. */
function plainAddress(text: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const address = ipaddr.parse(text.replace(/%.*$/, ""));
  if (address instanceof ipaddr.IPv4) return address;
  // The unspecified address and the loopback one are no embedded ones.
  if (["unspecified", "loopback"].includes(address.range())) return address;
  for (const [network, at] of EMBEDDED) {
    if (!address.match(ipaddr.IPv6.parseCIDR(network))) continue;
    return new ipaddr.IPv4(address.toByteArray().slice(at, at + 4));
  }
  return address;
}

function kindOf(address: ipaddr.IPv4 | ipaddr.IPv6): Kind {
  if (METADATA.includes(address.toNormalizedString())) return "never";
  switch (address.range()) {
    case "unicast":
      return "public";
    case "private":
    case "loopback":
    case "uniqueLocal":
    case "carrierGradeNat":
      return "private";
    default:
      return "never";
  }
}
