import { applicationRoutes } from "./applications.ts";
import { banRoutes } from "./bans.ts";
import { clientRoutes } from "./clients.ts";
import { listenerRoutes } from "./listeners.ts";
import { logRoutes } from "./log.ts";
import { overviewRoutes } from "./overview.ts";
import type { ControlParts } from "./parts.ts";
import { publicationRoutes } from "./publications.ts";
import { recordingRoutes } from "./recordings.ts";
import { refusalRoutes } from "./refusals.ts";
import type { Route } from "./route.ts";
import { serverRoutes } from "./servers.ts";
import { settingRoutes } from "./settings.ts";

/** All that can be asked and done. */
export function controlRoutes(parts: ControlParts): Route[] {
  return [
    ...overviewRoutes(parts),
    ...clientRoutes(parts),
    ...publicationRoutes(parts),
    ...recordingRoutes(parts),
    ...listenerRoutes(parts),
    ...applicationRoutes(parts),
    ...refusalRoutes(parts),
    ...serverRoutes(parts),
    ...banRoutes(parts),
    ...logRoutes(parts),
    ...settingRoutes(parts),
  ];
}
