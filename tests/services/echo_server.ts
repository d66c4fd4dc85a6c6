import { formatAddress } from "../../src/net/mod.ts";

/** A port that sends back whatever comes, as scripts find it: "127.0.0.1:port". */
export function echoServer(): { address: string; close(): void } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  (async () => {
    for await (const conn of listener) conn.readable.pipeTo(conn.writable).catch(() => {});
  })();
  return {
    address: formatAddress("127.0.0.1", listener.addr.port),
    close: () => listener.close(),
  };
}
