import { nginxConfig } from "../rtmp_fanout/servers.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { freePort, listening, type Running, start } from "./processes.ts";

/** A server of RTMP that nobody here wrote. */
export interface Other extends Running {
  readonly rtmp: number;
  /** Milliseconds until the first connection was accepted. */
  readonly started: number;
}

const NGINX_MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";
/** Folder of MonaServer in C++: its program and its MonaServer.ini. */
const MONASERVER = Deno.env.get("MONASERVER") ?? "";

export function hasNginx(): boolean {
  return existsSync(NGINX_MODULE);
}

export function hasMonaServer(): boolean {
  return existsSync(join(MONASERVER, "MonaServer"));
}

/** nginx with its RTMP module: an application `live`. */
export async function startNginx(): Promise<Other> {
  const rtmp = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    join(folder, "nginx.conf"),
    nginxConfig(folder, rtmp),
  );
  return await begun(rtmp, "nginx", ["-p", folder, "-c", join(folder, "nginx.conf")], folder);
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
  return await begun(rtmp, join(folder, "MonaServer"), [], folder);
}

async function begun(
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
