/** What operators and their programs ask a running server: health, metrics, lists, acts, events. */
export { Access, type AccessOptions } from "./access.ts";
export { type AdminPage, AdminPages, type AdminPagesOptions } from "./admin_pages.ts";
export { Control, type ControlOptions } from "./control/control.ts";
export { openApi } from "./control/openapi.ts";
export type {
  ApplicationFacts,
  ControlledLog,
  ControlledRelay,
  ControlledScripts,
  ControlledSettings,
  ControlParts,
  ServerFacts,
  SettingFacts,
} from "./control/parts.ts";
export { loadOf } from "./control/servers.ts";
export { controlRoutes } from "./control/routes.ts";
export { TimedBans } from "./control/timed_bans.ts";
export { Events } from "./events/events.ts";
export { Refusals } from "./events/refusals.ts";
export { HubEvents } from "./events/hub_events.ts";
export { type Check, Health, type Readiness } from "./health.ts";
export { History, type HistoryOptions, type Usage } from "./history/history.ts";
export { RecentLines } from "./log/recent_lines.ts";
export { LoopDelay } from "./loop_delay.ts";
export { MediaCounts } from "./media_counts.ts";
