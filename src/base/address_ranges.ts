import ipaddr from "ipaddr.js";
import { isAddress } from "./addresses.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Hosts whose answer is remembered. */
const MAX_ANSWERS = 4_096;

/** Addresses and ranges of addresses. */
export class AddressRanges {
  readonly #addresses: Set<string> = new Set();
  readonly #ranges: Map<string, [Address, number]> = new Map();
  /** Answers given since the last change: datagrams ask again and again. */
  readonly #answers: Map<string, boolean> = new Map();

  /**
   * Those of a list, with spaces or commas between them.
   * @throws TypeError when one is neither an address nor a range
   */
  static of(list: string): AddressRanges {
    const ranges = new AddressRanges();
    for (const text of list.split(/[\s,]+/).filter(Boolean)) ranges.add(text);
    return ranges;
  }

  /** Addresses, then ranges such as `10.0.0.0/8`. */
  get entries(): string[] {
    return [...this.#addresses, ...this.#ranges.keys()];
  }

  /**
   * Adds an IPv4 or IPv6 address, one with a port (which is ignored), or a range in CIDR form.
   * @returns how {@link entries} has it
   * @throws TypeError when it is none of them
   */
  add(text: string): string {
    const [address, bits] = parse(text);
    const entry = entryOf(address, bits);
    if (bits === undefined) this.#addresses.add(entry);
    else this.#ranges.set(entry, [address, bits]);
    this.#answers.clear();
    return entry;
  }

  /**
   * Takes back exactly this address or range.
   * @returns how {@link entries} had it; undefined when it was not there
   * @throws TypeError when it is neither
   */
  delete(text: string): string | undefined {
    const [address, bits] = parse(text);
    const entry = entryOf(address, bits);
    const isGone = bits === undefined ? this.#addresses.delete(entry) : this.#ranges.delete(entry);
    this.#answers.clear();
    return isGone ? entry : undefined;
  }

  /** Whether a host is one of them; it is a numerical address, without a port. */
  has(host: string): boolean {
    if (this.#addresses.size === 0 && this.#ranges.size === 0) return false;
    let answer = this.#answers.get(host);
    if (answer === undefined) {
      if (this.#answers.size >= MAX_ANSWERS) this.#answers.clear();
      this.#answers.set(host, answer = this.#find(host));
    }
    return answer;
  }

  #find(host: string): boolean {
    const literal = host.replace(/%.*/, "");
    if (!isAddress(literal)) return false;
    const address = ipaddr.process(literal);
    if (this.#addresses.has(address.toString())) return true;
    for (const [range, bits] of this.#ranges.values()) {
      if (address.kind() === range.kind() && address.match(range, bits)) return true;
    }
    return false;
  }
}

/** The host of `host:port` or `[host]:port`. */
export function hostOf(address: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(address)?.[1] ?? /^([^:]*):\d+$/.exec(address)?.[1] ?? address;
}

function entryOf(address: Address, bits: number | undefined): string {
  return bits === undefined ? address.toString() : `${address}/${bits}`;
}

/** An address and, for a range, how many bits of it count; those beyond are zero. */
function parse(text: string): [Address, number | undefined] {
  if (!text.includes("/")) {
    const host = hostOf(text).replace(/%.*/, "");
    if (isAddress(host)) return [ipaddr.process(host), undefined];
  } else {
    const [host = "", bits = "", ...rest] = text.split("/");
    if (isAddress(host) && /^\d{1,3}$/.test(bits) && rest.length === 0) {
      const range = rangeOf(ipaddr.parse(host), Number(bits));
      if (range !== undefined) return range;
    }
  }
  throw new TypeError(`'${text}' is no IP address and no range such as 10.0.0.0/8`);
}

function rangeOf(address: Address, bits: number): [Address, number] | undefined {
  const bytes = address.toByteArray();
  if (bits > bytes.length * 8) return undefined;
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96) {
    return rangeOf(address.toIPv4Address(), bits - 96);
  }
  const first = bytes.map((byte, i) => byte & (0xff << Math.max(0, Math.min(8, 8 - bits + i * 8))));
  return [ipaddr.fromByteArray(first), bits];
}
