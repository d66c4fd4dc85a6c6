import type { Conn } from "./conn.ts";
import type { DirectWrite, SocketControl } from "./socket_control.ts";

/** Writes after which a descriptor is looked for: many connections only ever have one or two. */
const FIRST_LOOK = 4;

/** A connection whose writes go to the system at once; the runtime has those that have to wait. */
export class DirectConn implements Conn {
  readonly localAddr: Deno.NetAddr;
  readonly remoteAddr: Deno.NetAddr;
  readonly #conn: Deno.TcpConn;
  readonly #control: SocketControl;
  #write: DirectWrite | undefined;
  #writes = 0;
  /** How many writes there are when its descriptor is looked for; twice as many the next time. */
  #lookAt = FIRST_LOOK;

  /** @param conn an accepted one, which only this object uses */
  constructor(conn: Deno.TcpConn, control: SocketControl) {
    this.localAddr = conn.localAddr;
    this.remoteAddr = conn.remoteAddr;
    this.#conn = conn;
    this.#control = control;
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#conn.read(buffer);
  }

  write(bytes: Uint8Array): number | Promise<number> {
    if (this.#write === undefined && ++this.#writes === this.#lookAt) this.#look();
    const count = this.#write?.(bytes) ?? 0;
    // Errors too are the runtime's to tell.
    return count > 0 ? count : this.#conn.write(bytes);
  }

  #look(): void {
    this.#lookAt *= 2;
    this.#write = this.#control.writerOf(this.localAddr, this.remoteAddr);
  }

  close(): void {
    // The system may give the descriptor to another file from now on.
    this.#write = undefined;
    this.#lookAt = Infinity;
    this.#conn.close();
  }

  setNoDelay(isOn?: boolean): void {
    this.#conn.setNoDelay(isOn);
  }
}
