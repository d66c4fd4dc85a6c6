/** What comes with the program: scripts for pages, the dashboard, the default `www/`, the ini. */
export { browserScripts } from "./browser_scripts.ts";
export type { DashboardPage } from "./dashboard.ts";
export { dashboardPage } from "./dashboard_page.ts";
export { firstFolder, install, type InstalledFile } from "./files.ts";
