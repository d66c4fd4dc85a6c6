/** Carries the bytes of a link, until it is cut: then they wait, and nobody is told. */
export class Cable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #conns = new Set<Deno.TcpConn>();
  #whole: Promise<void> = Promise.resolve();
  #mend: () => void = () => {};

  constructor(target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accept(target);
  }

  cut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whole = promise;
    this.#mend = resolve;
  }

  mend(): void {
    this.#mend();
  }

  close(): void {
    this.mend();
    this.#listener.close();
    for (const conn of this.#conns) this.#drop(conn);
  }

  async #accept(target: number): Promise<void> {
    try {
      for await (const near of this.#listener) {
        const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
        this.#carry(near, far);
        this.#carry(far, near);
      }
    } catch {
      // The test is over.
    }
  }

  async #carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    this.#conns.add(from);
    const buffer = new Uint8Array(4096);
    try {
      for (let count = await from.read(buffer); count; count = await from.read(buffer)) {
        await this.#whole;
        await to.write(buffer.subarray(0, count));
      }
    } catch {
      // One side is gone.
    }
    await this.#whole;
    this.#drop(from);
    this.#drop(to);
  }

  #drop(conn: Deno.TcpConn): void {
    if (!this.#conns.delete(conn)) return;
    try {
      conn.close();
    } catch {
      // It was closed.
    }
  }
}
