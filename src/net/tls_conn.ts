import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import type { Clock, Timer } from "../base/mod.ts";
import type { Conn } from "./conn.ts";
import { certificateAlert } from "./tls.ts";

/** Milliseconds that the words of farewell have before the connection is cut. */
const FAREWELL = 2_000;

/**
 * The server's side of TLS on an accepted connection. It counts as open from its first moment, and
 * {@link close} ends it in the middle of a handshake too: one by `Deno.listenTls` would stay open
 * until the peer goes on, for ever if it likes (tried with Deno 2.9.6).
 */
export class TlsConn implements Conn {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #clock: Clock;
  readonly #raw: Socket;
  readonly #tls: TLSSocket;
  #isSecure = false;
  #isWriting = false;
  /** The peer's side is over. */
  #isOver = false;
  #isClosed = false;
  #failure: Error | undefined;
  #rejection: string | undefined;
  /** What was decrypted and did not fit the buffer. */
  #rest: Uint8Array | undefined;
  #wake: () => void = () => {};
  #farewell: Timer | undefined;

  /** @param remote where a proxy says that it comes from */
  constructor(
    raw: Socket,
    secureContext: SecureContext,
    clock: Clock,
    remote = { hostname: raw.remoteAddress ?? "", port: raw.remotePort ?? 0 },
  ) {
    this.localAddr = addressOf(raw.localAddress, raw.localPort);
    this.remoteAddr = addressOf(remote.hostname, remote.port);
    this.#clock = clock;
    this.#raw = raw;
    raw.setNoDelay(true);
    const tls = this.#tls = new TLSSocket(raw, { isServer: true, secureContext });
    const over = () => {
      this.#isOver = true;
      this.#farewell?.cancel();
      this.#wake();
    };
    const fail = (error: Error) => {
      this.#failure ??= error;
      this.#rejection ??= certificateAlert(error);
      this.#wake();
    };
    tls.on("secure", () => this.#isSecure = true);
    tls.on("readable", () => this.#wake());
    for (const socket of [tls, raw]) socket.on("end", over).on("close", over).on("error", fail);
  }

  get rejection(): string | undefined {
    return this.#rejection;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#isClosed) return null;
      const bytes: Uint8Array | null = this.#rest ?? this.#tls.read();
      if (bytes !== null) {
        const count = Math.min(bytes.length, buffer.length);
        buffer.set(bytes.subarray(0, count));
        this.#rest = count < bytes.length ? bytes.subarray(count) : undefined;
        return count;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isOver) return null;
      await new Promise<void>((resume) => this.#wake = resume);
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#isWriting = true;
    return new Promise((resolve, reject) => {
      this.#tls.write(bytes, (error) => {
        this.#isWriting = false;
        if (error) reject(error);
        else resolve(bytes.length);
      });
    });
  }

  /** A peer that has read everything is told that this is the end, as TLS wants it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#wake();
    if (this.#isSecure && !this.#isWriting && !this.#isOver && this.#failure === undefined) {
      this.#farewell = this.#clock.after(FAREWELL, () => this.#destroy());
      this.#tls.destroySoon();
    } else {
      this.#destroy();
    }
  }

  #destroy(): void {
    this.#tls.destroy();
    this.#raw.destroy();
  }
}

function addressOf(hostname = "", port = 0): Deno.NetAddr {
  return { transport: "tcp", hostname, port };
}
