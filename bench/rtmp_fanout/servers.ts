import { existsSync } from "node:fs";
import { join } from "node:path";
import { V8_FLAGS } from "../../tools/program_flags.ts";
import { freePort, listening } from "../ports.ts";

/** A server under load: its processes, whose CPU time and memory count. */
export interface Server {
  readonly name: string;
  /** Where players go: as many to each. */
  readonly ports: readonly number[];
  /** Where a publisher goes each; where the players go when absent. */
  readonly publisherPorts?: readonly number[];
  readonly pids: () => number[];
  readonly stop: () => Promise<void>;
}

const ROOT = new URL("../..", import.meta.url).pathname;
const NGINX_MODULE = "/usr/lib/nginx/modules/ngx_rtmp_module.so";

/** Starts this server with a merge window in ms. */
export async function startOurs(
  mergeWindow: number,
  settings: readonly string[] = [],
): Promise<Server> {
  const port = freePort();
  const www = await Deno.makeTempDir();
  await Deno.mkdir(join(www, "live"));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      V8_FLAGS,
      "-P",
      join(ROOT, "main.ts"),
      ...["RTMFP.port=0", "HTTP.port=0", `RTMP.mergeWindow=${mergeWindow}`, "bind=127.0.0.1"]
        .concat(settings).flatMap((setting) => ["--set", setting]),
      "--port-rtmp",
      String(port),
      "--www",
      www,
      "--log-level",
      "WARN",
    ],
    cwd: ROOT,
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  await listening(port);
  return {
    name: `monaserver, window ${mergeWindow} ms`,
    ports: [port],
    pids: () => [child.pid],
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(www, { recursive: true });
    },
  };
}

/** Paths that operators' programs ask for, every second. */
const SCRAPED = [
  "/metrics",
  "/api/v1/overview",
  "/api/v1/publications",
  "/api/v1/listeners?size=500",
];

/** Starts one of ours whose metrics and lists are asked for every second. */
export async function startScraped(): Promise<Server> {
  const port = freePort();
  const token = "bench-token";
  const server = await startOurs(0, [`admin.port=${port}`, `admin.token=${token}`]);
  const headers = { authorization: `Bearer ${token}` };
  const timer = setInterval(async () => {
    for (const path of SCRAPED) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers });
      await response.body?.cancel();
      if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
    }
  }, 1_000);
  return {
    ...server,
    name: "the same, with metrics and lists every second",
    stop: async () => {
      clearInterval(timer);
      await server.stop();
    },
  };
}

/** Starts servers of ours that know nothing of each other, with a publisher each. */
export async function startSingles(count: number): Promise<Server> {
  const singles = await Promise.all(Array.from({ length: count }, () => startOurs(0)));
  return together(`monaserver, ${count} single`, singles);
}

/** Starts one of ours more: players get from the others what is published on the first. */
export async function startEdges(count: number): Promise<Server> {
  const link = freePort();
  const shared = ["servers.secret=bench", "cluster.share=true"];
  const origin = await startOurs(0, [`servers.port=${link}`, ...shared]);
  const edges = await Promise.all(
    Array.from(
      { length: count },
      () => startOurs(0, [`servers.targets=127.0.0.1:${link}`, ...shared]),
    ),
  );
  const all = together(`monaserver, ${count} edge${count > 1 ? "s" : ""} of another`, edges);
  return {
    ...all,
    publisherPorts: origin.ports,
    stop: async () => void await Promise.all([all.stop(), origin.stop()]),
  };
}

/** Several servers as one, whose processes count together. */
function together(name: string, servers: readonly Server[]): Server {
  return {
    name,
    ports: servers.flatMap(({ ports }) => ports),
    pids: () => servers.flatMap((server) => server.pids()),
    stop: async () => void await Promise.all(servers.map((server) => server.stop())),
  };
}

/** The settings of nginx with its RTMP module and an application `live`, all in one folder. */
export function nginxConfig(folder: string, port: number): string {
  return `load_module ${NGINX_MODULE};
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 2048; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; application live { live on; } } }
`;
}

/** Starts nginx with its RTMP module, or undefined when it is not installed. */
export async function startNginx(): Promise<Server | undefined> {
  if (!existsSync(NGINX_MODULE)) return undefined;
  const port = freePort();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(
    join(folder, "nginx.conf"),
    nginxConfig(folder, port),
  );
  const child = new Deno.Command("nginx", {
    args: ["-p", folder, "-c", join(folder, "nginx.conf")],
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(port);
  return {
    name: "nginx-rtmp",
    ports: [port],
    pids: () => [child.pid, ...childrenOf(child.pid)],
    stop: async () => {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Starts node-media-server from npm, or undefined when it cannot be run. */
export async function startNodeMediaServer(): Promise<Server | undefined> {
  const port = freePort();
  const folder = await Deno.makeTempDir();
  const script = `
    import NodeMediaServer from "node-media-server";
    new NodeMediaServer({ bind: "127.0.0.1", rtmp: { port: ${port} } }).run();`;
  await Deno.writeTextFile(join(folder, "run.mjs"), script);
  const install = await new Deno.Command("npm", {
    args: ["install", "--silent", "--no-audit", "--no-fund", "node-media-server@4.4.3"],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).output().catch(() => undefined);
  if (!install?.success) return undefined;
  const child = new Deno.Command("node", {
    args: ["run.mjs"],
    cwd: folder,
    stdout: "null",
    stderr: "null",
  }).spawn();
  await listening(port);
  return {
    name: "node-media-server",
    ports: [port],
    pids: () => [child.pid],
    stop: async () => {
      child.kill("SIGKILL");
      await child.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function childrenOf(pid: number): number[] {
  const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  return text.trim().split(" ").filter((id) => id !== "").map(Number);
}
