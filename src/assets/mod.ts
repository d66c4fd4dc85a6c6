/** What comes with the program: scripts for pages, the default `www/`, the ini. */
export { browserScripts } from "./browser_scripts.ts";
export { firstFolder, install, type InstalledFile } from "./files.ts";
