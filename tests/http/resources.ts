import { silentLog } from "../../src/logs/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { HttpListener, type Resource } from "../../src/protocols/http/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";
import { RawClient } from "./support.ts";

/** A listener without a hub, and a client of it. */
export async function withResources(
  resources: Resource[],
  run: (client: RawClient, clock: FakeClock) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const listener = new HttpListener({
    clock,
    log: silentLog,
    scheduler: new WriteScheduler(clock),
    hostname: "127.0.0.1",
    port: 0,
    settings: HTTP_SETTINGS,
    resources,
  });
  const client = await RawClient.connect(listener.port);
  try {
    await run(client, clock);
  } finally {
    client.close();
    await listener.close();
  }
}
