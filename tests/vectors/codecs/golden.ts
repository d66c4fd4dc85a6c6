/** One golden case: a value, and the bytes that a format has for it. */
export interface Golden {
  /** What it is, and where its bytes come from. */
  readonly name: string;
  /** The top-level values. */
  readonly values: readonly unknown[];
  /** Hexadecimal, spaces ignored. */
  readonly bytes: string;
  /** The bytes are read but written differently (another encoder's choice); as written by us. */
  readonly written?: string;
}
