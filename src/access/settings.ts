import { type Config, type Fault, fault } from "../config/mod.ts";
import { QUESTION_TIMEOUT } from "../hub/mod.ts";
import { encodeText } from "../bytes/mod.ts";
import { type Action, isAction } from "./action.ts";
import type { HookForm } from "./hook/form.ts";
import type { HookSettings } from "./hook/hook.ts";
import { jsonForm } from "./hook/json_form.ts";
import { nginxForm } from "./hook/nginx_form.ts";
import { srsForm } from "./hook/srs_form.ts";
import { HOOK_PAUSE, MIN_TOKEN_SECRET } from "./params.ts";

const FORMS: Readonly<Record<Config["access"]["hookFormat"], HookForm>> = {
  json: jsonForm,
  nginx: nginxForm,
  srs: srsForm,
};

/** The hook of the settings; undefined for none. */
export function hookSettings({ access }: Config): HookSettings | undefined {
  if (access.hook === "") return undefined;
  return {
    url: access.hook,
    form: FORMS[access.hookFormat],
    secret: access.hookSecret,
    timeout: access.hookTimeout,
    retries: access.hookRetries,
    down: access.hookDown,
    connections: access.hookConnections,
  };
}

/** The actions that the hook is asked about where they have no rules. */
export function hookActions(config: Config): readonly Action[] {
  if (config.access.hook === "") return [];
  return words(config.access.hookFor).filter(isAction);
}

/** True for a key source that is fetched. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** What is wrong with the settings of `[access]` beside its rules. */
export function settingFaults(config: Config): Fault[] {
  const { hook, hookFor, hookFormat, hookTimeout, hookRetries, jwtSecret } = config.access;
  const faults: Fault[] = [];
  const wrong = (key: string, message: string) => {
    const setting = config.setting(`access.${key}`);
    if (setting !== undefined) faults.push(fault("error", setting, message));
  };
  if (hook !== "" && !isWebUrl(hook)) wrong("hook", "wants a URL such as https://host/path");
  const unknown = words(hookFor).find((word) => !isAction(word));
  if (unknown !== undefined) wrong("hookFor", "wants some of publish, play, connect and files");
  if (hookFormat !== "json" && words(hookFor).includes("files")) {
    wrong("hookFor", `files are no matter of a hook in the form of ${hookFormat}`);
  }
  if ((hookRetries + 1) * (hookTimeout + HOOK_PAUSE) > QUESTION_TIMEOUT) {
    const seconds = QUESTION_TIMEOUT / 1000;
    const key = config.isSet("access.hookTimeout") ? "hookTimeout" : "hookRetries";
    wrong(key, `all attempts of the hook have to end within ${seconds} s: fewer, or shorter ones`);
  }
  if (jwtSecret !== "" && encodeText(jwtSecret).length < MIN_TOKEN_SECRET) {
    wrong("jwtSecret", `HS256 needs ${MIN_TOKEN_SECRET} bytes at least`);
  }
  return faults;
}

function words(text: string): string[] {
  return text.toLowerCase().split(/[\s,]+/).filter(Boolean);
}

function isWebUrl(text: string): boolean {
  return isUrl(text) && URL.canParse(text);
}
