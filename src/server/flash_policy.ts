import { resolve } from "node:path";
import { errorText } from "../base/mod.ts";
import type { ServerOptions } from "../cli/mod.ts";
import type { AssetText } from "../protocols/http/mod.ts";
import { PolicyListener } from "../protocols/rtmp/mod.ts";
import type { Parts } from "./parts.ts";

/** Section of the ini. */
export const POLICY = "flashPolicy";

/** The policy for sockets that Flash clients are sent; undefined for none. */
export function readPolicy({ config, places, logger }: ServerOptions): string | undefined {
  const { file, port } = config.flashPolicy;
  const log = logger("server");
  if (file === "") {
    if (port !== 0) log.error(`[${POLICY}] port is off, as [${POLICY}] file names no policy`);
    return undefined;
  }
  try {
    return Deno.readTextFileSync(resolve(places.dir, file));
  } catch (error) {
    log.error(`no policy is sent to Flash clients: ${errorText(error)}`);
    return undefined;
  }
}

/** Opens the port that sends a policy, and nothing else. */
export function openPolicy(
  { config }: ServerOptions,
  { hub, scheduler, ports }: Parts,
  policy: string,
): void {
  const { bans: gate, clock } = hub;
  ports.open(
    { section: POLICY, transport: "TCP", port: config.flashPolicy.port },
    ({ port }) =>
      new PolicyListener({ hostname: config.bind, port, clock, scheduler, gate, policy }),
  );
}

/**
 * Adds `/crossdomain.xml`, which Flash Player asks for before it reads answers of another host: it
 * allows what `[HTTP] crossOrigin` allows browsers.
 */
export function withCrossDomain(
  assets: ReadonlyMap<string, AssetText>,
  crossOrigin: string,
): ReadonlyMap<string, AssetText> {
  const domains = crossOrigin.split(/[\s,]+/).map(domainOf).filter((domain) => domain !== "");
  if (domains.length === 0) return assets;
  const lines = domains.map((domain) => `  <allow-access-from domain="${domain}"/>\n`);
  const policy = `<?xml version="1.0"?>
<cross-domain-policy>
${lines.join("")}</cross-domain-policy>
`;
  return new Map<string, AssetText>([...assets, ["/crossdomain.xml", policy]]);
}

/** `https://example.org:8080` as a policy names it; empty for what is no origin. */
function domainOf(origin: string): string {
  return origin === "*" ? "*" : /^https?:\/\/([A-Za-z0-9.-]+)(?::\d+)?$/.exec(origin)?.[1] ?? "";
}
