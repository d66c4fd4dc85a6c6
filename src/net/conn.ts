/** A connection as this room uses it: what `Deno.Conn` and TLS have in common. */
export interface Conn {
  readonly localAddr: Deno.Addr;
  readonly remoteAddr: Deno.Addr;
  /** Fills the buffer as far as one read goes; null at the end of the input. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** How many bytes, from the first on, were accepted: at once, or when they can be. */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Closes at once, whatever is under way. */
  close(): void;
  setNoDelay?(isOn?: boolean): void;
  /** Why the peer does not take our certificate; undefined for one that does, or has none to take. */
  readonly rejection?: string | undefined;
}
