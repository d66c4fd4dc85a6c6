import { Events, HubEvents, MediaCounts, RecentLines, Refusals } from "../admin/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Hub } from "../hub/mod.ts";

/** What is kept for operators since the server started. */
export interface Watch {
  readonly counts: MediaCounts;
  readonly events: Events;
  readonly refusals: Refusals;
  readonly lines: RecentLines;
  close(): void;
}

/** Collects what operators can ask for; undefined without an admin port. */
export function watchServer({ config, log }: ServerOptions, hub: Hub): Watch | undefined {
  if (config.admin.port === 0) return undefined;
  const counts = new MediaCounts(hub);
  const events = new Events(hub.clock, (text) => log?.conceal(text) ?? text);
  hub.observers.add(new HubEvents(events));
  const refusals = new Refusals(events, () => hub.clock.epoch());
  hub.observers.add(refusals);
  const lines = new RecentLines();
  const unwatch = log?.watch((line) => {
    const { level, name, text } = lines.add(line);
    events.add("log", { level, name, text });
  });
  return {
    counts,
    events,
    refusals,
    lines,
    close() {
      unwatch?.();
      events.close();
    },
  };
}
