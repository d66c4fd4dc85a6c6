/** Standard output as the console of the logs: in colour when it is a terminal that wants it. */
export function terminal(): { write(text: string): void; colour: boolean } {
  const encoder = new TextEncoder();
  return {
    colour: Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR"),
    write(text) {
      const bytes = encoder.encode(text);
      try {
        for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
      } catch (error) {
        // A reader that went away, as `| head` does, must not stop the server.
        if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      }
    },
  };
}
