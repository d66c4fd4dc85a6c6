import ipaddr from "ipaddr.js";
import type { UdpAddress } from "../udp_sender.ts";
import { AF_INET, AF_INET6, SOCKADDR_IN6_SIZE } from "./layout.ts";

/** Bytes of a sockaddr_in. */
const SOCKADDR_IN_SIZE = 16;

/** A sockaddr for a socket of one family; undefined for what is no address that it reaches. */
export function socketAddress(
  { host, port }: UdpAddress,
  isIpv6: boolean,
): Uint8Array<ArrayBuffer> | undefined {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) return undefined;
  // A scope such as %eth0 needs a look into the system's interfaces: the runtime does that.
  if (host.includes("%")) return undefined;
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) {
    const bytes = ipaddr.IPv4.parse(host);
    return isIpv6 ? inet6(bytes.toIPv4MappedAddress().toByteArray(), port) : inet(bytes, port);
  }
  if (!isIpv6 || !ipaddr.IPv6.isValid(host)) return undefined;
  return inet6(ipaddr.IPv6.parse(host).toByteArray(), port);
}

function inet(address: ipaddr.IPv4, port: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SOCKADDR_IN_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  bytes.set(address.toByteArray(), 4);
  return bytes;
}

function inet6(address: readonly number[], port: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SOCKADDR_IN6_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET6, true);
  view.setUint16(2, port);
  bytes.set(address, 8);
  return bytes;
}

/** Whether two sockaddrs, of one family, have the same address and port. */
export function isSameSocketAddress(one: Uint8Array, other: Uint8Array): boolean {
  const { family, port } = familyAndPort(one);
  const of = familyAndPort(other);
  if (family !== of.family || port !== of.port) return false;
  const [start, end] = family === AF_INET ? [4, 8] : [8, 24];
  for (let at = start; at < end; at++) if (one[at] !== other[at]) return false;
  return true;
}

/** The address in a sockaddr that the system wrote, in the runtime's form but without a scope. */
export function hostOf(name: Uint8Array): string {
  const isIpv6 = familyAndPort(name).family === AF_INET6;
  const bytes = [...name.subarray(isIpv6 ? 8 : 4, isIpv6 ? 24 : 8)];
  if (!isIpv6) return bytes.join(".");
  const address = new ipaddr.IPv6(bytes);
  return address.isIPv4MappedAddress()
    ? address.toIPv4Address().toString()
    : address.toRFC5952String();
}

/** The family and port of a sockaddr that the system wrote. */
export function familyAndPort(bytes: Uint8Array): { family: number; port: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { family: view.getUint16(0, true), port: view.getUint16(2) };
}
