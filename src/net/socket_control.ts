/** Writes at once what the system takes, from the first byte on; 0 when it takes nothing now. */
export type DirectWrite = (bytes: Uint8Array) => number;

/** What can be done with TCP sockets beyond the runtime's own functions. */
export interface SocketControl {
  /**
   * What is written to connections that a port accepts from now on leaves at once, however little
   * it is. False when the port is not found.
   */
  setNoDelay(listening: Deno.NetAddr): boolean;
  /**
   * What writes to a connection, as long as the runtime has it open; undefined when it is not found,
   * or when to look for it would take too long now.
   */
  writerOf(local: Deno.NetAddr, remote: Deno.NetAddr): DirectWrite | undefined;
  /** Ends a connection for both sides, whatever is under way. False when it is not found. */
  cut(local: Deno.NetAddr, remote: Deno.NetAddr): boolean;
}

let control: SocketControl | undefined;

/** What ports that are opened from now on may do; undefined for no more than the runtime can. */
export function useSocketControl(given: SocketControl | undefined): void {
  control = given;
}

export function socketControl(): SocketControl | undefined {
  return control;
}
