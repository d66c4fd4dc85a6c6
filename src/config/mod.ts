/** The ini and the command line as one typed table of settings. */
export { loadConfig } from "./load.ts";
export type { Config } from "./config.ts";
export type { Override, Sources } from "./load.ts";
export type { Setting } from "./ini.ts";
export { describeFault, type Fault, fault } from "./fault.ts";
export { adopt, differingEntries, differingKeys } from "./adopt.ts";
export { fileFaults } from "./files.ts";
export { secretsOf, withoutKeys } from "./secrets.ts";
export { ConfigTree } from "./tree.ts";
export { defaults, namedKeys, type Values } from "./table.ts";
export { nearest } from "./nearest.ts";
export { renderIni, renderMarkdown } from "./render.ts";
export { announcedHost, describeApplication, locate, type Places } from "./places.ts";
export { portFallback, portFault, type PortReason, type PortRefusal } from "./ports.ts";
