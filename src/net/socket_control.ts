/** What can be done with TCP sockets beyond the runtime's own functions. */
export interface SocketControl {
  /**
   * What is written to connections that a port accepts from now on leaves at once, however little
   * it is. False when the port is not found.
   */
  setNoDelay(listening: Deno.NetAddr): boolean;
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
