import ipaddr from "ipaddr.js";
import { isAddress } from "../../base/mod.ts";
import { define, type Member, readonly } from "../lua/definition.ts";

/** An IPv4 or IPv6 address; an IPv4 one in the clothes of IPv6 is IPv4. */
export class IPAddress {
  readonly #text: string;
  readonly #bytes: readonly number[];

  constructor(text: string, bytes: readonly number[]) {
    this.#text = text;
    this.#bytes = bytes;
  }

  /** Undefined when the text is no address; names are not resolved. */
  static parse(text: string): IPAddress | undefined {
    const literal = text.replace(/^\[(.*)\]$/, "$1");
    const host = literal === "localhost" ? "127.0.0.1" : literal === "" ? "0.0.0.0" : literal;
    if (!isAddress(host)) return undefined;
    const address = ipaddr.process(host);
    return new IPAddress(address.toString(), address.toByteArray());
  }

  /** Its 4 or 16 bytes; none while it is not known. */
  get bytes(): readonly number[] {
    return this.#bytes;
  }

  get isIPv6(): boolean {
    return this.bytes.length === 16;
  }

  toString(): string {
    return this.#text;
  }
}

/** The address of a host name that is being looked up: until it is known, it is the name. */
export class NamedAddress extends IPAddress {
  readonly #find: () => IPAddress | undefined;
  #found: IPAddress | undefined;

  /** `find` is asked whenever the address is used, until it gives one. */
  constructor(name: string, find: () => IPAddress | undefined) {
    super(name, []);
    this.#find = find;
  }

  override get bytes(): readonly number[] {
    return this.#address?.bytes ?? super.bytes;
  }

  override toString(): string {
    return this.#address?.toString() ?? super.toString();
  }

  get #address(): IPAddress | undefined {
    return this.#found ??= this.#find();
  }
}

type Test = (address: IPAddress) => boolean;

const isWildcard: Test = ({ bytes }) => bytes.every((byte) => byte === 0);
const isBroadcast: Test = (address) => within(address, "255.255.255.255/32");
const isLoopback: Test = (address) => within(address, "127.0.0.0/8", "::1/128");
const isMulticast: Test = (address) => within(address, "224.0.0.0/4", "ff00::/8");
const isLinkLocal: Test = (address) => within(address, "169.254.0.0/16", "fe80::/10");
const isSiteLocal: Test = (address) =>
  within(address, "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fec0::/10", "fc00::/7");

/** What the members say of an address. */
const tests: Readonly<Record<string, Test>> = {
  isIPv6: (address) => address.isIPv6,
  isWildcard,
  isBroadcast,
  isAnyBroadcast: (address) =>
    !address.isIPv6 && address.bytes[3] === 255 && !isMulticast(address) && !isLoopback(address),
  isLoopback,
  isMulticast,
  isUnicast: (address) => !isWildcard(address) && !isBroadcast(address) && !isMulticast(address),
  isLinkLocal,
  isSiteLocal,
  isLocal: (address) => isLoopback(address) || isLinkLocal(address) || isSiteLocal(address),
  isIPv4Compatible: (address) => within(address, "0.0.0.0/0", "::/96"),
  isIPv4Mapped: (address) => !address.isIPv6,
  isWellKnownMC: (address) => within(address, "224.0.0.0/8", "ff00::/12"),
  isNodeLocalMC: (address) => isScope(address, 1),
  isLinkLocalMC: (address) => within(address, "224.0.0.0/24") || isScope(address, 2),
  isSiteLocalMC: (address) => within(address, "239.255.0.0/16") || isScope(address, 5),
  isOrgLocalMC: (address) => within(address, "239.192.0.0/16") || isScope(address, 8),
  isGlobalMC: (address) =>
    isScope(address, 14) || isScope(address, 15) ||
    (within(address, "224.0.0.0/4") && !within(address, "224.0.0.0/24", "239.0.0.0/8")),
};

const ranges = new Map<string, readonly [bytes: readonly number[], bits: number]>();

/** True when the address is in one of the ranges of its kind. */
function within({ bytes }: IPAddress, ...names: string[]): boolean {
  return names.some((name) => {
    let range = ranges.get(name);
    if (range === undefined) {
      const [address, bits] = ipaddr.parseCIDR(name);
      range = [address.toByteArray(), bits];
      ranges.set(name, range);
    }
    const [start, bits] = range;
    return start.length === bytes.length && start.every((byte, index) => {
      const shared = Math.min(8, Math.max(0, bits - index * 8));
      return ((byte ^ (bytes[index] as number)) >> (8 - shared)) === 0;
    });
  });
}

/** A multicast address of IPv6 with that scope (RFC 4291 §2.7). */
function isScope(address: IPAddress, scope: number): boolean {
  return address.isIPv6 && isMulticast(address) && ((address.bytes[1] as number) & 15) === scope;
}

/** What `mona:createIPAddress` makes. */
export const ipAddress = define<IPAddress>({
  name: "IPAddress",
  type: IPAddress,
  members: {
    value: readonly(String),
    ...Object.fromEntries(
      Object.entries(tests).map(([name, test]): [string, Member<IPAddress>] => [
        name,
        readonly((address) => address.bytes.length > 0 && test(address)),
      ]),
    ),
  },
  text: String,
  equals: (one, other) => String(one) === String(other),
});
