import { resolve } from "node:path";
import {
  FileKeys,
  Guard,
  guarded,
  Hook,
  HookEvents,
  HookJudge,
  hookSettings,
  isUrl,
  Keys,
  type KeySource,
  Lifetimes,
  readKeys,
  readRules,
  RemoteKeys,
  TokenJudge,
  Tokens,
  type Web,
} from "../access/mod.ts";
import { counter, errorText, type Metered } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { Config } from "../config/mod.ts";
import type { Hub } from "../hub/mod.ts";
import { requestWeb } from "../net/mod.ts";
import { WatchedFile } from "./watched_file.ts";

/** Milliseconds between two looks at the files of keys. */
const CHECK_INTERVAL = 2_000;

/** Rules that stand before the applications. */
export interface RunningAccess extends Metered {
  /**
   * Takes the rules of other settings.
   * @returns false when there was nothing to stand before the applications: that takes a restart
   */
  renew(config: Config): boolean;
  /** Ends what they have under way. */
  close(): void;
}

/**
 * Puts the rules of `[access]`, if there are any, before the applications of the hub.
 * @param server id of this server, as its hook sees it
 */
export function guardApplications(
  { config, places, logger, hide }: ServerOptions,
  hub: Hub,
  server: string,
): RunningAccess {
  const { clock } = hub;
  const { rules } = readRules(config);
  const settings = hookSettings(config);
  if (rules.isEmpty && settings === undefined) {
    return { metrics: () => [], renew: (fresh) => readRules(fresh).rules.isEmpty, close: () => {} };
  }
  const log = logger("access");
  const web: Web = (request) => requestWeb(request, clock);
  const { access } = config;
  const files: WatchedFile[] = [];
  const watch = (
    name: string,
    what: string,
    onText: (text: string) => void,
    onLost: () => void,
  ) =>
    files.push(
      new WatchedFile({ path: resolve(places.dir, name), what, log, onText, onLost }),
    );

  const hook = settings && new Hook({ ...settings, web, clock, log, server });
  const lifetimes = new Lifetimes(clock);
  const guard = new Guard({
    rules,
    linkSecret: access.secret,
    names: hub.names,
    clock,
    log,
    lifetimes,
    hook: hook && new HookJudge(hook, access.hookDown),
    tokens: tokenJudge(),
  });
  if (access.keys !== "") {
    watch(access.keys, "the keys", (text) => {
      const { keys, faults } = readKeys(text);
      hide?.(keys.map(({ key }) => key));
      guard.keys = new Keys(keys);
      for (const [line, message] of faults) log.error(`${access.keys}:${line}: ${message}`);
    }, () => guard.keys = new Keys());
  }
  hub.handler = guarded(hub.handler, guard);
  hub.observers.add(lifetimes);
  const events = hook && access.hookEvents ? new HookEvents(hook, log) : undefined;
  if (events !== undefined) hub.observers.add(events);
  for (const file of files) file.look();
  const timer = clock.every(CHECK_INTERVAL, () => files.forEach((file) => file.look()));
  return {
    metrics: () => [
      counter("wrong_keys", "Wrong keys, links and tokens of clients.", guard.wrongKeys),
      ...hook?.metrics() ?? [],
    ],
    renew(fresh) {
      guard.rules = readRules(fresh).rules;
      return true;
    },
    close() {
      timer.cancel();
      lifetimes.close();
      events?.close();
    },
  };

  function tokenJudge(): TokenJudge | undefined {
    const { jwtKeys, jwtSecret, jwtIssuer: issuer, jwtAudience: audience, jwtClaim } = access;
    if (jwtKeys === "" && jwtSecret === "") return undefined;
    const source = jwtKeys === "" ? undefined : keySource(jwtKeys);
    return new TokenJudge(
      new Tokens({ secret: jwtSecret, source, issuer, audience, clock }),
      jwtClaim,
    );
  }

  function keySource(from: string): KeySource {
    if (isUrl(from)) return new RemoteKeys({ url: from, web, clock, log });
    const keys = new FileKeys();
    const failed = (error: unknown) => log.error(`${from}: ${errorText(error)}`);
    watch(from, "the keys of tokens", (text) => void keys.read(text).catch(failed), () => {
      keys.clear();
    });
    return keys;
  }
}
