import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

const MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so";

const SCRIPT = `function onConnection(client)
  NOTE("client at ", client.address)
  function client:ban() mona:addToBlacklist(client.address) end
end`;

/** A server behind nginx: for RTMP and HTTPS by the PROXY protocol, for HTTP by a header. */
async function proxied(
  run: (
    server: RunningProgram,
    ports: { rtmp: number; http: number; https: number },
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  for (const name of ["nginx", "ffmpeg", "curl", "openssl"]) await requireProgram(name);
  assert.ok(await Deno.stat(MODULE), "apt-get install libnginx-mod-stream");
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/main.lua`, SCRIPT);
    await Deno.writeTextFile(`${folder}/www/live/a.txt`, "text");
    await makeFilm(folder);
    await runProgram("openssl", [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`, "-subj", "/CN=localhost"],
    ]);
    const https = freePort();
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      set: [
        "HTTP.proxies=127.0.0.9",
        `HTTPS.port=${https}`,
        `HTTPS.certificate=${folder}/cert.pem`,
        `HTTPS.key=${folder}/key.pem`,
      ],
    });
    const ports = { rtmp: freePort(), http: freePort(), https: freePort() };
    const stream = (port: number, to: number) =>
      `server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${to}; proxy_protocol on; proxy_bind 127.0.0.9; }`;
    await Deno.writeTextFile(
      `${folder}/nginx.conf`,
      `load_module ${MODULE};
daemon off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
stream { ${stream(ports.rtmp, server.rtmp)} ${stream(ports.https, https)} }
http {
  access_log off;
  client_body_temp_path ${folder}/a;
  proxy_temp_path ${folder}/b;
  fastcgi_temp_path ${folder}/c;
  uwsgi_temp_path ${folder}/d;
  scgi_temp_path ${folder}/e;
  upstream mona { server 127.0.0.1:${server.http}; keepalive 1; }
  server {
    listen 127.0.0.1:${ports.http};
    location / {
      proxy_pass http://mona;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_bind 127.0.0.9;
    }
  }
}
`,
    );
    const nginx = new Deno.Command("nginx", {
      args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", `${folder}/error.log`],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await reachable(ports.http);
      await run(server, ports, folder);
    } finally {
      nginx.kill("SIGTERM");
      await nginx.status;
      assert.equal(await server.stop(), 0);
    }
  });
}

async function reachable(port: number): Promise<void> {
  for (;;) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }
}

async function curl(...args: string[]): Promise<string> {
  const { out } = await runProgram("curl", ["-s", "-k", "-m", "5", "-w", " %{http_code}", ...args]);
  return out.trim();
}

Deno.test("behind nginx, clients of RTMP, HTTP and HTTPS have their own addresses", () =>
  proxied(async (server, ports, folder) => {
    await runProgram("ffmpeg", [
      ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-t", "1", "-c", "copy", "-f", "flv"],
      `rtmp://127.0.0.1:${ports.rtmp}/live/test`,
    ]);
    await server.logged(/rtmp 127\.0\.0\.1:\d+: publishes test/);
    const http = `http://127.0.0.1:${ports.http}/live`;
    assert.equal(await curl(`https://127.0.0.1:${ports.https}/live/a.txt`), "text 200");
    assert.equal(await curl("--interface", "127.0.0.2", `${http}/a.txt`), "text 200");
    assert.equal(
      await curl("--interface", "127.0.0.3", "-H", "X-Forwarded-For: 192.0.2.1", `${http}/a.txt`),
      "text 200",
    );
    for (const host of ["127.0.0.1:\\d+", "127.0.0.2:0", "127.0.0.3:0"]) {
      await server.logged(new RegExp(`client at ${host.replaceAll(".", "\\.")}\\n`));
    }
    assert.equal(server.count(/client at (127\.0\.0\.9|192\.0\.2\.1)/), 0);
    // Who is no proxy is not believed.
    const direct = `http://127.0.0.1:${server.http}/live/a.txt`;
    await curl("--interface", "127.0.0.4", "-H", "X-Forwarded-For: 192.0.2.1", direct);
    await server.logged(/client at 127\.0\.0\.4:\d+\n/);
    const { out } = await runProgram("curl", [
      ...["-s", "-m", "2", "--haproxy-protocol", "--interface", "127.0.0.4"],
      ...["-w", "%{http_code}", "-o", "/dev/null", direct],
    ]);
    assert.match(out, /^(400|000)$/);
  }));

Deno.test("a ban behind nginx is of its client, on each of its connections", () =>
  proxied(async (_server, ports) => {
    const http = `http://127.0.0.1:${ports.http}/live`;
    const from = (host: string, path: string) => curl("--interface", host, `${http}/${path}`);
    assert.match(await from("127.0.0.2", "ban"), /20\d$/);
    assert.equal(await from("127.0.0.3", "a.txt"), "text 200");
    assert.match(await from("127.0.0.2", "a.txt"), / 403$/);
    assert.equal(await from("127.0.0.3", "a.txt"), "text 200");
  }));
