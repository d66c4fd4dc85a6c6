/** A connection to a port of this machine, once it accepts them. */
export async function reach(port: number): Promise<Deno.Conn> {
  for (;;) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
  }
}
