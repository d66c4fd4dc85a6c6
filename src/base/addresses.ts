import ipaddr from "ipaddr.js";

/**
 * True for an IP address as it is always written: IPv6, or four decimal parts without leading zeros.
 * `ipaddr.isValid` and the system's resolver take `1.2.3` and `01.2.3.4` too, as unintended
 * addresses: the last part is then 16 bits long, a leading zero makes a part octal.
 */
export function isAddress(text: string): boolean {
  if (!text.includes(":")) return ipaddr.IPv4.isValidFourPartDecimal(text);
  const embedded = /:([\d.]*\.[\d.]*)(?:%.*)?$/.exec(text)?.[1];
  return ipaddr.IPv6.isValid(text) && (embedded === undefined || isAddress(embedded));
}

/** An address in the one spelling that the system gives it (RFC 5952); one of IPv4 in its own form. */
export function spelledAddress(address: string): string {
  return ipaddr.process(address).toString();
}

/** True for an address, or what may be the name of a host: no name ends with a number. */
export function isHost(text: string): boolean {
  return isAddress(text) || (!text.includes(":") && !/(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(text));
}
