import type { Clock } from "../base/mod.ts";
import { ProtocolError } from "../bytes/mod.ts";
import type { Conn } from "./conn.ts";
import { type ProxiedAddresses, readProxyHeader } from "./proxy_header.ts";

/** Milliseconds that a proxy may take until the first bytes of a connection have come. */
export const HEADER_TIMEOUT = 10_000;

/** Bytes of a header that are waited for: none of the field is as long. */
const MAX_HEADER = 4_096;

/** A connection whose first bytes were read, from where a proxy says that it comes. */
class ProxiedConn implements Conn {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  readonly #conn: Conn;
  #rest: Uint8Array;

  constructor(conn: Conn, rest: Uint8Array, addresses: ProxiedAddresses | undefined) {
    this.#conn = conn;
    this.#rest = rest;
    const { local, remote } = addresses ?? {};
    this.localAddr = local ? { transport: "tcp", ...local } : conn.localAddr;
    this.remoteAddr = remote ? { transport: "tcp", ...remote } : conn.remoteAddr;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    if (this.#rest.length === 0) return await this.#conn.read(buffer);
    const count = Math.min(this.#rest.length, buffer.length);
    buffer.set(this.#rest.subarray(0, count));
    this.#rest = this.#rest.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): number | Promise<number> {
    return this.#conn.write(bytes);
  }

  close(): void {
    this.#conn.close();
  }

  setNoDelay(isOn?: boolean): void {
    this.#conn.setNoDelay?.(isOn);
  }
}

/** What came first, and what the header in it says. */
export interface FirstBytes {
  /** Behind the header. */
  readonly rest: Uint8Array;
  readonly addresses: ProxiedAddresses | undefined;
}

/**
 * Reads the header of a proxy, where there is one; undefined when the connection ends before
 * anything came, or what came is a broken one.
 * @param read the next bytes; undefined at the end
 * @param onFault told what is wrong with a broken one
 */
export async function readFirst(
  read: () => Promise<Uint8Array | undefined>,
  onFault: (what: string) => void,
): Promise<FirstBytes | undefined> {
  try {
    return await readWhole(read);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    onFault(error.message);
    return undefined;
  }
}

/** @throws ProtocolError */
async function readWhole(
  read: () => Promise<Uint8Array | undefined>,
): Promise<FirstBytes | undefined> {
  let bytes = new Uint8Array();
  while (bytes.length < MAX_HEADER) {
    const more = await read();
    if (more === undefined) {
      // A look whether the port is open is no fault.
      if (bytes.length === 0) return undefined;
      throw new ProtocolError(`it ends after ${bytes.length} bytes`);
    }
    const whole = new Uint8Array(bytes.length + more.length);
    whole.set(bytes);
    whole.set(more, bytes.length);
    bytes = whole;
    const header = readProxyHeader(bytes);
    if (header === "none") return { rest: bytes, addresses: undefined };
    if (header !== "more") {
      return { rest: bytes.subarray(header.length), addresses: header.addresses };
    }
  }
  throw new ProtocolError(`it has more than ${MAX_HEADER} bytes`);
}

/**
 * A connection that a proxy opened; undefined when it is closed, as what came first is no good.
 * @param onFault told what is wrong with its header
 */
export async function throughProxy(
  conn: Conn,
  clock: Clock,
  onFault: (what: string) => void,
): Promise<Conn | undefined> {
  const timer = clock.after(HEADER_TIMEOUT, () => conn.close());
  const buffer = new Uint8Array(MAX_HEADER);
  try {
    const first = await readFirst(async () => {
      const count = await conn.read(buffer);
      return count === null ? undefined : buffer.subarray(0, count);
    }, onFault);
    if (first !== undefined) return new ProxiedConn(conn, first.rest, first.addresses);
  } catch {
    // The connection broke before anything was known of it.
  } finally {
    timer.cancel();
  }
  conn.close();
  return undefined;
}
