/**
 * A port of a process that may open few files. It prints its number; "fill" and "free" on standard
 * input take and give back all descriptors.
 */
import { systemClock } from "../../src/base/mod.ts";
import { listenTcp, WriteScheduler } from "../../src/net/mod.ts";

// As the program does: the runtime panics when it needs its descriptors for that later.
Deno.addSignalListener("SIGTERM", () => Deno.exit(0));

const server = listenTcp(
  {
    hostname: "127.0.0.1",
    port: 0,
    clock: systemClock,
    scheduler: new WriteScheduler(systemClock),
    onAcceptFailed: (reason) => console.log(reason),
  },
  ({ outbox }) => {
    outbox.send(new TextEncoder().encode("hello"));
    return { onData: () => {}, onClosed: () => {} };
  },
);
console.log(server.port);

const files: Deno.FsFile[] = [];
for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  if (line.trim() === "fill") {
    try {
      for (;;) files.push(Deno.openSync("/dev/null"));
    } catch {
      console.log("full");
    }
  } else for (const file of files.splice(0)) file.close();
}
