import { systemClock } from "../base/mod.ts";
import { Cluster } from "../cluster/mod.ts";
import { ConfigTree, loadConfig } from "../config/mod.ts";
import { Hub } from "../hub/mod.ts";
import { silentLog as log } from "../logs/mod.ts";
import { WriteScheduler } from "../net/mod.ts";
import {
  checkNames,
  clusterExtension,
  type NameWarning,
  type ScriptFile,
  Scripts,
  serviceObjects,
} from "../script/mod.ts";
import { Fetcher, FetchRules, Mailer } from "../services/mod.ts";

const MEMORY = 64 * 1024 * 1024;

/** Undefined names in scripts, judged by what this server offers; the scripts are not run. */
export function checkScriptNames(scripts: readonly ScriptFile[]): NameWarning[] {
  const clock = systemClock;
  const scheduler = new WriteScheduler(clock);
  const fetcher = new Fetcher({ clock, rules: new FetchRules("none"), maxSize: 0 });
  const mailer = new Mailer(loadConfig({}).config.smtp, clock);
  const { names } = new Scripts({
    hub: new Hub({ clock }),
    config: new ConfigTree(),
    publicAddress: "",
    bans: { ban() {}, unban() {} },
    clock,
    log,
    www: "/",
    memory: MEMORY,
    instructions: 0,
    startInstructions: 0,
    clientShare: 100,
    exit() {},
    print() {},
    extensions: (host) => [
      ...serviceObjects({ sockets: { clock, scheduler }, mailer, fetcher })(host),
      clusterExtension(host, new Cluster({ clock, scheduler, log, host: "" })),
    ],
    globals: ({ vm }) => new Map([["data", () => vm.pushBoolean(true)]]),
  });
  return checkNames(scripts, names);
}
