import ipaddr from "ipaddr.js";
import { type ByteReader, type ByteWriter, ProtocolError } from "../../../bytes/mod.ts";

/** An IP address in text and a UDP port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Where an address comes from (RFC 7016 §2.1.5). */
export const Origin = {
  unknown: 0,
  local: 1,
  remote: 2,
  relay: 3,
} as const;
export type Origin = (typeof Origin)[keyof typeof Origin];

const IPV6 = 0x80;
const ORIGIN = 0x03;

/** Address flags, 4 or 16 bytes of address, 16-bit port. */
export function readAddress(input: ByteReader): Address & { readonly origin: Origin } {
  const flags = input.u8();
  const bytes = input.view((flags & IPV6) === 0 ? 4 : 16);
  return {
    host: textOf(ipaddr.fromByteArray(Array.from(bytes))),
    port: input.u16(),
    origin: (flags & ORIGIN) as Origin,
  };
}

export function writeAddress(output: ByteWriter, address: Address, origin: Origin): void {
  const parsed = parse(address.host);
  if (!parsed) throw new ProtocolError(`"${address.host}" is not an IP address`);
  output.u8((parsed.kind() === "ipv6" ? IPV6 : 0) | origin);
  output.bytes(Uint8Array.from(parsed.toByteArray())).u16(address.port);
}

/** `host:port`, with brackets around IPv6; names an address in tables and logs. */
export function addressText({ host, port }: Address): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The address of `host:port` or `[host]:port`; undefined when the host is not an IP address. */
export function parseAddress(text: string, defaultPort?: number): Address | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ??
    /^([0-9a-fA-F:.]+)$/.exec(text);
  const host = parse(match?.[1] ?? match?.[2] ?? "");
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (!host || port === undefined || port < 1 || port > 65535) return undefined;
  return { host: textOf(host), port };
}

function parse(host: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  return ipaddr.IPv4.isValidFourPartDecimal(host) || ipaddr.IPv6.isValid(host)
    ? ipaddr.process(host)
    : undefined;
}

function textOf(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  return address.toString();
}
