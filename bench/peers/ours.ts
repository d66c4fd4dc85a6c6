import { join } from "node:path";
import { V8_FLAGS } from "../../tools/program_flags.ts";
import { type Running, start, type StartOptions } from "./processes.ts";
import { freePort, listening } from "../ports.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const VECTORS = join(ROOT, "tests/vectors/tls");

/** This server, and its ports. */
export interface Ours extends Running {
  readonly rtmp: number;
  readonly rtmps: number;
  readonly http: number;
  readonly https: number;
  readonly rtmfp: number;
  /** Milliseconds until the first connection was accepted. */
  readonly started: number;
}

/** The executable, if MONASERVER_BIN names one, or else the source. */
function runs(isNative: boolean, args: readonly string[], options: StartOptions): Running {
  const executable = Deno.env.get("MONASERVER_BIN");
  if (executable !== undefined) {
    return start(executable, args, { ...options, env: { MONASERVER_NATIVE: isNative ? "1" : "" } });
  }
  const permissions = isNative ? "-P=native" : "-P";
  const source = ["run", "--quiet", "--no-prompt", V8_FLAGS, permissions, join(ROOT, "main.ts")];
  return start(Deno.execPath(), [...source, ...args], options);
}

/** Starts this server; `lua` is its root application, `settings` are keys of the ini. */
export async function startOurs(
  settings: readonly string[] = [],
  { lua = "", isNative = false }: { readonly lua?: string; readonly isNative?: boolean } = {},
): Promise<Ours> {
  const www = await Deno.makeTempDir();
  await Deno.mkdir(join(www, "live"));
  await Deno.writeTextFile(join(www, "main.lua"), lua);
  const [rtmp, rtmps, http, https, rtmfp] = Array.from({ length: 5 }, freePort) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const keys = ["certificate", "key"].map((what) =>
    `${what}=${VECTORS}/signed.${what.slice(0, 4)}.pem`
  );
  const given = [
    "bind=127.0.0.1",
    `RTMP.port=${rtmp}`,
    `HTTP.port=${http}`,
    `RTMFP.port=${rtmfp}`,
    ...[["RTMPS", rtmps], ["HTTPS", https]].flatMap(([section, port]) => [
      `${section}.port=${port}`,
      ...keys.map((key) => `${section}.${key}`),
    ]),
    ...settings,
  ];
  const began = performance.now();
  const args = [
    ...given.flatMap((setting) => ["--set", setting]),
    ...["--www", www, "--log-level", "WARN"],
  ];
  const running = runs(isNative, args, { cwd: ROOT, folders: [www] });
  await listening(rtmp);
  const started = performance.now() - began;
  await listening(https);
  return { ...running, rtmp, rtmps, http, https, rtmfp, started };
}
