/** Lua applications: the handler of the hub's events, and what scripts may do. */
export type { Application, Resource } from "./applications/application.ts";
export type { OwnGlobal } from "./applications/environments.ts";
export { checkNames, type NameWarning, type ScriptFile } from "./check/names.ts";
export { checkScript } from "./check/syntax.ts";
export type { Vocabulary } from "./check/vocabulary.ts";
export { Host, type HostOptions } from "./host.ts";
export type { ApplicationFacts, Operator } from "./operator/operator.ts";
export { printLine } from "./applications/disk.ts";
export type { Extension } from "./objects/all.ts";
export { clusterExtension } from "./objects/servers.ts";
export { Scripts, type ScriptsOptions } from "./scripts.ts";
export { type ScriptServices, serviceGlobals, serviceObjects } from "./objects/services.ts";
