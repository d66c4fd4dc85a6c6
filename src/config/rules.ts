import { type Fault, fault } from "./fault.ts";
import type { Config } from "./config.ts";

/** Sections whose keys are patterns beside those of the table. */
export const RULE_SECTIONS: readonly string[] = ["access", "record"];

/** Sections that may speak TLS; where `always`, a port without certificate is none. */
const TLS_SECTIONS = [
  { section: "HTTPS", always: true },
  { section: "RTMPS", always: true },
  { section: "servers", always: false },
] as const;

/** Sections with a TCP port. */
const TCP_SECTIONS = ["RTMP", "RTMPS", "HTTP", "HTTPS", "servers"] as const;

/** What is wrong with settings taken together that are each right. */
export function ruleFaults(config: Config): Fault[] {
  return [...tlsFaults(config), ...portFaults(config)];
}

function tlsFaults(config: Config): Fault[] {
  const faults: Fault[] = [];
  for (const { section, always } of TLS_SECTIONS) {
    const { port, certificate, key } = config[section];
    const needs = port > 0 && (always || certificate !== "" || key !== "");
    for (const [name, value] of [["certificate", certificate], ["key", key]] as const) {
      const cause = config.setting(`${section}.port`);
      if (!needs || value !== "" || !cause) continue;
      const message = `${section} needs ${section}.${name}, a file in PEM`;
      faults.push(fault("error", cause, message));
    }
  }
  return faults;
}

function portFaults(config: Config): Fault[] {
  const faults: Fault[] = [];
  const owners = new Map<number, string>();
  for (const section of TCP_SECTIONS) {
    const { port } = config[section];
    const owner = owners.get(port);
    owners.set(port, owner ?? section);
    const cause = config.setting(`${section}.port`) ?? config.setting(`${owner}.port`);
    if (port === 0 || owner === undefined || !cause) continue;
    const message = `${owner} and ${section} cannot share TCP port ${port}`;
    faults.push(fault("error", cause, message));
  }
  return faults;
}
