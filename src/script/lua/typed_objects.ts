import type { DataInput, DataOutput } from "../../codecs/mod.ts";

/** What the scripts do with objects that have a class name (`onTypedObject` and its metamethods). */
export interface TypedObjects {
  /** Tells the application of the typed object whose table is on top of the stack. */
  announce(type: string): void;
  /** Pushes the ByteReader for a `__readExternal`. */
  pushInput(input: DataInput): void;
  /** Pushes the ByteWriter for a `__writeExternal`. */
  pushOutput(output: DataOutput): void;
}
