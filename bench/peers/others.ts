import { nginxConfig } from "../rtmp_fanout/servers.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Running, start } from "./processes.ts";
import { freePort, listening } from "../ports.ts";

/** A server that nobody here wrote. */
export interface Other extends Running {
  readonly rtmp: number;
  /** Milliseconds until the first connection was accepted. */
  readonly started: number;
}

const NGINX_MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
/** Folder of MonaServer in C++: its program and its MonaServer.ini. */
const MONASERVER = Deno.env.get("MONASERVER") ?? "";
/** SRS's program. */
const SRS = Deno.env.get("SRS") ?? "";
/** Folder of rtmfp-cpp's example programs. */
const RTMFP_CPP = Deno.env.get("RTMFP_CPP") ?? "";

export function hasNginx(): boolean {
  return existsSync(NGINX_MODULE);
}

export function hasMonaServer(): boolean {
  return existsSync(join(MONASERVER, "MonaServer"));
}

export function hasSrs(): boolean {
  return existsSync(SRS);
}

export function hasRtmfpCpp(): boolean {
  return existsSync(rtmfpCpp("tcserver"));
}

/** One of rtmfp-cpp's programs. */
export function rtmfpCpp(program: string): string {
  return join(RTMFP_CPP, program);
}

/** nginx with its RTMP module: an application `live`. */
export async function startNginx(): Promise<Other> {
  const rtmp = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    join(folder, "nginx.conf"),
    nginxConfig(folder, rtmp),
  );
  return await begin(rtmp, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], folder);
}

/** MonaServer in C++, in a folder of its own with free ports: it has `live` without a script. */
export async function startMonaServer(): Promise<Other> {
  const [rtmp, rtmfp, http] = [freePort(), freePort(), freePort()];
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(join(MONASERVER, "MonaServer"), join(folder, "MonaServer"));
  await Deno.mkdir(join(folder, "www/live"), { recursive: true });
  await Deno.writeTextFile(join(folder, "www/live/main.lua"), "");
  await Deno.writeTextFile(
    join(folder, "MonaServer.ini"),
    `host=127.0.0.1\n[RTMFP]\nport=${rtmfp}\n[RTMP]\nport=${rtmp}\n[HTTP]\nport=${http}\n` +
      "[RTSP]\nport=0\n[servers]\nport=0\n",
  );
  return await begin(rtmp, join(folder, "MonaServer"), [], folder);
}

/** SRS whose writes to a player wait up to `window` milliseconds for each other. */
export async function startSrs(window: number): Promise<Other & { readonly http: number }> {
  const [rtmp, http] = [freePort(), freePort()];
  const folder = await Deno.makeTempDir();
  const lines = [
    `listen ${rtmp};`,
    "max_connections 1000;",
    "daemon off;",
    "srs_log_tank console;",
    `pid ${folder}/srs.pid;`,
    `http_server { enabled on; listen ${http}; dir ${folder}; }`,
    "vhost __defaultVhost__ {",
    "http_remux { enabled on; mount [vhost]/[app]/[stream].flv; }",
    window === 0
      ? "min_latency on; tcp_nodelay on; play { gop_cache off; mw_latency 0; mw_msgs 1; }"
      : `min_latency off; play { gop_cache off; mw_latency ${window}; }`,
    "}",
  ];
  await Deno.writeTextFile(join(folder, "srs.conf"), lines.join("\n"));
  const begun = await begin(rtmp, SRS, ["-c", join(folder, "srs.conf")], folder);
  return { ...begun, http };
}

/** rtmfp-cpp's server. */
export function startTcserver(): Running & { readonly rtmfp: number } {
  const rtmfp = freePort();
  return { ...start(rtmfpCpp("tcserver"), ["-B", `127.0.0.1:${rtmfp}`]), rtmfp };
}

async function begin(
  rtmp: number,
  program: string,
  args: readonly string[],
  folder: string,
): Promise<Other> {
  const began = performance.now();
  const running = start(program, args, { cwd: folder, folders: [folder] });
  await listening(rtmp);
  return { ...running, rtmp, started: performance.now() - began };
}
