import type { Socket } from "node:net";
import type { Clock } from "../base/mod.ts";
import { HEADER_TIMEOUT, readFirst } from "./proxied_conn.ts";
import type { ProxiedAddresses } from "./proxy_header.ts";

/**
 * Takes the header of a proxy off a socket; what came behind it stays to be read.
 * @param onFault told what is wrong with it
 * @returns what it says; undefined when the connection is over, or what came is no good
 */
export async function readSocketHeader(
  socket: Socket,
  clock: Clock,
  onFault: (what: string) => void,
): Promise<Partial<ProxiedAddresses> | undefined> {
  let wake: () => void = () => {};
  let isOver = false;
  const over = () => {
    isOver = true;
    wake();
  };
  const readable = () => wake();
  const timer = clock.after(HEADER_TIMEOUT, over);
  socket.on("readable", readable).on("end", over).on("close", over).on("error", over);
  const first = await readFirst(async () => {
    for (;;) {
      const bytes: Uint8Array | null = isOver ? null : socket.read();
      if (bytes !== null) return bytes;
      if (isOver) return undefined;
      await new Promise<void>((resume) => wake = resume);
    }
  }, onFault);
  timer.cancel();
  socket.off("readable", readable).off("end", over).off("close", over).off("error", over);
  if (first === undefined) return undefined;
  if (first.rest.length > 0) socket.unshift(first.rest);
  return first.addresses ?? {};
}
