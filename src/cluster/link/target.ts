import { isHost } from "../../base/mod.ts";

/** A server to connect to, as the ini names it. */
export interface Target {
  readonly hostname: string;
  readonly port: number;
  /** `host:port`, as the link's name in the log. */
  readonly address: string;
  readonly properties: ReadonlyMap<string, string>;
}

/** What a list of targets holds: those that can be used, and the texts that cannot. */
export interface Targets {
  readonly targets: readonly Target[];
  readonly bad: readonly string[];
}

/** Reads `host:port?name=value&name=value;[host2]:port2`; the first of two equal ones counts. */
export function parseTargets(text: string): Targets {
  const targets = new Map<string, Target>();
  const bad: string[] = [];
  for (const part of text.split(";").map((part) => part.trim()).filter(Boolean)) {
    const [address = "", query = ""] = split(part, "?");
    const [, bracketed, plain, digits] =
      /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s[\]]+)):(\d{1,5})$/.exec(address) ?? [];
    const hostname = bracketed ?? plain;
    const port = Number(digits);
    const isUsable = hostname !== undefined && isHost(hostname) && port > 0 && port <= 65_535;
    if (!isUsable) bad.push(part);
    else if (!targets.has(address)) {
      const properties = new Map(new URLSearchParams(query));
      targets.set(address, { hostname, port, address, properties });
    }
  }
  return { targets: [...targets.values()], bad };
}

function split(text: string, sign: string): [string, string] {
  const at = text.indexOf(sign);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
