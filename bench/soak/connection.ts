/** A TCP connection that reads into the void, or not at all. */
export class Connection {
  readonly #conn: Deno.TcpConn;
  #isOpen = true;
  readonly #buffer = new Uint8Array(16_384);
  /** Bytes that came and were not taken. */
  #kept = new Uint8Array(0);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open(port: number): Promise<Connection> {
    return new Connection(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Neither side has ended it, as far as was seen. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  /** The next bytes, `count` of them. */
  async read(count: number): Promise<Uint8Array> {
    while (this.#kept.length < count) await this.#more();
    return this.#take(count);
  }

  /** Text up to and with `end`. */
  async readTo(end: string): Promise<string> {
    for (;;) {
      const text = new TextDecoder("latin1").decode(this.#kept);
      const at = text.indexOf(end);
      if (at >= 0) {
        this.#take(at + end.length);
        return text.slice(0, at + end.length);
      }
      await this.#more();
    }
  }

  /** Reads what comes from now on, and forgets it. */
  drain(): void {
    const read = async () => {
      try {
        while (await this.#conn.read(this.#buffer) !== null);
      } catch {
        // Closed by either side.
      }
      this.#isOpen = false;
    };
    void read();
  }

  /** Ends it without a word to the protocol above. */
  close(): void {
    this.#isOpen = false;
    try {
      this.#conn.close();
    } catch {
      // The server was faster.
    }
  }

  #take(count: number): Uint8Array {
    const taken = this.#kept.slice(0, count);
    this.#kept = this.#kept.slice(count);
    return taken;
  }

  async #more(): Promise<void> {
    const count = await this.#conn.read(this.#buffer);
    if (count === null) throw new Error("the server closed the connection");
    const all = new Uint8Array(this.#kept.length + count);
    all.set(this.#kept);
    all.set(this.#buffer.subarray(0, count), this.#kept.length);
    this.#kept = all;
  }
}

/** Opens a connection for as long as `use` takes; whatever happens, it is closed. */
export async function connected(
  port: number,
  use: (connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await Connection.open(port);
  try {
    await use(connection);
  } finally {
    connection.close();
  }
}
