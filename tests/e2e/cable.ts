/** Carries the bytes of a connection, until it is cut: then they wait, and nobody is told. */
export class Cable {
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #conns = new Set<Deno.TcpConn>();
  /** All that is under way. */
  readonly #work: Promise<void>[] = [];
  #whole: Promise<void> = Promise.resolve();
  #mend: () => void = () => {};

  constructor(target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#work.push(this.#accept(target));
  }

  cut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whole = promise;
    this.#mend = resolve;
  }

  mend(): void {
    this.#mend();
  }

  async close(): Promise<void> {
    this.mend();
    this.#listener.close();
    for (const conn of this.#conns) this.#drop(conn);
    for (const work of this.#work) await work;
  }

  async #accept(target: number): Promise<void> {
    try {
      for await (const near of this.#listener) this.#work.push(this.#join(near, target));
    } catch {
      // The test is over.
    }
  }

  async #join(near: Deno.TcpConn, target: number): Promise<void> {
    this.#conns.add(near);
    try {
      const far = await Deno.connect({ hostname: "127.0.0.1", port: target });
      this.#conns.add(far);
      await Promise.all([this.#carry(near, far), this.#carry(far, near)]);
    } catch {
      // Nobody is there.
      this.#drop(near);
    }
  }

  async #carry(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(4096);
    try {
      for (let count = await from.read(buffer); count; count = await from.read(buffer)) {
        await this.#whole;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
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
