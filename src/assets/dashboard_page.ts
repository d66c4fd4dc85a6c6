import type { DashboardPage } from "./dashboard.ts";

let made: Promise<DashboardPage> | undefined;

/** Loaded and made when it is wanted first. */
export function dashboardPage(): Promise<DashboardPage> {
  return made ??= import("./dashboard.ts").then(({ makePage }) => makePage());
}
