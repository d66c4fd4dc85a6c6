import { join } from "node:path";
import { V8_FLAGS } from "../../tools/program_flags.ts";
import { freePort, listening, type Running, start } from "./processes.ts";

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
  const running = start(Deno.execPath(), [
    "run",
    "--quiet",
    "--no-prompt",
    V8_FLAGS,
    isNative ? "-P=native" : "-P",
    join(ROOT, "main.ts"),
    ...given.flatMap((setting) => ["--set", setting]),
    "--www",
    www,
    "--log-level",
    "WARN",
  ], { cwd: ROOT, folders: [www] });
  await listening(rtmp);
  const started = performance.now() - began;
  await listening(https);
  return { ...running, rtmp, rtmps, http, https, rtmfp, started };
}
