import { join } from "node:path";
import { hex } from "../bytes/mod.ts";
import { randomBytes } from "../crypto/mod.ts";

/** Bytes of a token that is made here. */
const TOKEN_SIZE = 24;

/** A token that the server made. */
export interface KeptToken {
  readonly token: string;
  readonly file: string;
  /** It was made just now. */
  readonly isNew: boolean;
}

/**
 * The token of the file `admin.token`, which only its owner may read; made when it is not there.
 * @param folder absolute; made as well
 * @throws Deno.errors when the file can be neither read nor made
 */
export function keepToken(folder: string): KeptToken {
  const file = join(folder, "admin.token");
  const kept = readToken(file);
  if (kept !== "") return { token: kept, file, isNew: false };
  Deno.mkdirSync(folder, { recursive: true });
  const token = hex(randomBytes(TOKEN_SIZE));
  // The mode first: a file that is there already keeps its own when it is written.
  const opened = Deno.openSync(file, { write: true, create: true, mode: 0o600 });
  try {
    if (Deno.build.os !== "windows") Deno.chmodSync(file, 0o600);
    opened.writeSync(new TextEncoder().encode(`${token}\n`));
  } finally {
    opened.close();
  }
  return { token, file, isNew: true };
}

function readToken(file: string): string {
  try {
    return Deno.readTextFileSync(file).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}
