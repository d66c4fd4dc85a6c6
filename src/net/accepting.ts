import type { Clock } from "../base/mod.ts";
import type { Conn } from "./conn.ts";

/** Milliseconds to wait after a failed accept, such as too many open files. */
const ACCEPT_PAUSE = 50;

/**
 * Connections that the system keeps until they are accepted. It drops what is more, and their peers
 * try again after one second, then three: of 511, the runtime's default, one busy address took all.
 */
export const BACKLOG = 4_096;

/** Where the connections of a listener go. */
export interface AcceptingOptions<Accepted extends Conn> {
  readonly clock: Clock;
  readonly onConn: (conn: Accepted) => void;
  /** A connection could not be accepted: it is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** Accepts until the listener is closed. */
export async function acceptAll<Accepted extends Conn>(
  listener: { accept(): Promise<Accepted> },
  { clock, onConn, onFault }: AcceptingOptions<Accepted>,
): Promise<void> {
  for (;;) {
    let conn: Accepted;
    try {
      conn = await listener.accept();
    } catch (error) {
      if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
        return;
      }
      onFault(error);
      await new Promise<void>((resume) => clock.after(ACCEPT_PAUSE, resume));
      continue;
    }
    onConn(conn);
  }
}
