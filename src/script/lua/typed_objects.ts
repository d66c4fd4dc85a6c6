import type { DataInput, DataOutput } from "../../codecs/mod.ts";
import type { Pointer } from "./build.ts";

/** What readers and writers ask of tables that are more than their contents. */
export interface TypedObjects {
  /** As {@link Objects.dataAt}. */
  dataAt(table: Pointer): Iterable<() => void> | undefined;
  /** Tells the application of the typed object whose table is on top of the stack. */
  announce(type: string): void;
  /** Pushes the ByteReader for a `__readExternal`. */
  pushInput(input: DataInput): void;
  /** Pushes the ByteWriter for a `__writeExternal`. */
  pushOutput(output: DataOutput): void;
}
