import { isAddress, spelledAddress } from "../base/mod.ts";
import { binaryText, ByteReader, ProtocolError } from "../bytes/mod.ts";

/** Where a proxy itself connects from. */
export type ProxyAddress = Pick<Deno.NetAddr, "hostname" | "port">;

/** Where a connection comes from and went to, as a proxy says. */
export interface ProxiedAddresses {
  readonly remote: { readonly hostname: string; readonly port: number };
  readonly local: { readonly hostname: string; readonly port: number };
}

/**
 * What stands at the beginning of a connection: a header of that length, which says nothing of
 * addresses when the proxy speaks for itself; none; or one that is not whole yet.
 */
export type ProxyHeader =
  | { readonly length: number; readonly addresses: ProxiedAddresses | undefined }
  | "none"
  | "more";

const V1 = "PROXY ";
/** Longest header of version 1, its line end included. */
const V1_LENGTH = 107;
const V2 = "\r\n\r\n\0\r\nQUIT\n";
const V2_LENGTH = 16;
const TCP4 = 0x11;
const TCP6 = 0x21;

/**
 * The PROXY protocol, versions 1 and 2, as HAProxy's `proxy-protocol.txt` has it.
 * @throws ProtocolError saying what is wrong with the header, without its bytes
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  const text = binaryText(bytes.subarray(0, V1_LENGTH));
  if (V1.startsWith(text.slice(0, V1.length))) return readV1(text);
  if (V2.startsWith(text.slice(0, V2.length))) return readV2(bytes);
  return "none";
}

/** `PROXY TCP4 192.0.2.1 198.51.100.1 5000 1935\r\n` */
function readV1(text: string): ProxyHeader {
  const end = text.indexOf("\r\n");
  if (end === -1) {
    if (text.length < V1_LENGTH) return "more";
    throw new ProtocolError(`version 1 does not end within ${V1_LENGTH} bytes`);
  }
  const length = end + 2;
  const [, family, ...fields] = text.slice(0, end).split(" ");
  if (family === "UNKNOWN") return { length, addresses: undefined };
  const [from = "", to = "", fromPort, toPort, ...more] = fields;
  const ports = [fromPort, toPort].map(portOf);
  const isRight = (host: string) => isAddress(host) && host.includes(":") === (family === "TCP6");
  const [remotePort, localPort] = ports;
  if (family !== "TCP4" && family !== "TCP6") {
    throw new ProtocolError("version 1 names neither TCP4, TCP6 nor UNKNOWN");
  }
  if (more.length > 0 || !isRight(from) || !isRight(to)) {
    throw new ProtocolError(`version 1 has no two addresses of ${family} and two ports`);
  }
  if (remotePort === undefined || localPort === undefined) {
    throw new ProtocolError("version 1 has a port that is no number up to 65535");
  }
  return {
    length,
    addresses: {
      remote: { hostname: spelledAddress(from), port: remotePort },
      local: { hostname: spelledAddress(to), port: localPort },
    },
  };
}

function portOf(text = ""): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  return port <= 0xffff ? port : undefined;
}

function readV2(bytes: Uint8Array): ProxyHeader {
  if (bytes.length < V2_LENGTH) return "more";
  const input = new ByteReader(bytes, V2.length);
  const command = input.u8();
  const family = input.u8();
  const size = input.u16();
  const length = V2_LENGTH + size;
  if (command >> 4 !== 2) {
    throw new ProtocolError(`the signature of version 2 is followed by version ${command >> 4}`);
  }
  if ((command & 15) > 1) {
    throw new ProtocolError(`version 2 has the unknown command ${command & 15}`);
  }
  if (bytes.length < length) return "more";
  const isLocal = (command & 15) === 0;
  const width = family === TCP4 ? 4 : family === TCP6 ? 16 : 0;
  if (isLocal || width === 0) return { length, addresses: undefined };
  if (size < 2 * width + 4) {
    throw new ProtocolError(`version 2 has ${size} bytes for addresses of ${2 * width + 4}`);
  }
  const from = hostname(input.view(width));
  const to = hostname(input.view(width));
  const remote = { hostname: from, port: input.u16() };
  return { length, addresses: { remote, local: { hostname: to, port: input.u16() } } };
}

function hostname(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, i) => (bytes[2 * i]! << 8 | bytes[2 * i + 1]!).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
