import assert from "node:assert/strict";
import { freePort, requireProgram, runServer } from "./server.ts";

/** The root application: what the tests ask for comes as HTTP calls. */
const MAIN = `
function onConnection(client)
  function client:put(p) data[p.key] = p.value return #data end
  function client:get(p) return data[p.key] or "nothing" end
  function client:ban(p) mona:addToBlacklist(p.address) return "banned" end
  function client:mail(p)
    local mail = mona:sendMail("Me <me@example.test>", "Été", "Bonjour\\n.\\nAdieu", p.to)
    function mail:onSent(error) data["mail to " .. p.to] = error or "sent" end
  end
end`;

/** Folders of a server for one test. */
class Site {
  readonly folder = Deno.makeTempDirSync({ prefix: "site" });
  readonly www = `${this.folder}/www`;
  readonly data = `${this.folder}/data`;

  constructor() {
    Deno.mkdirSync(this.www);
    Deno.writeTextFileSync(`${this.www}/main.lua`, MAIN);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

async function call(port: number, method: string, parameters: Record<string, string>) {
  const query = new URLSearchParams(parameters);
  const response = await fetch(`http://127.0.0.1:${port}/${method}?${query}`, {
    headers: { connection: "close" },
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return text === "" ? undefined : JSON.parse(text)[0];
}

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("it did not come");
}

Deno.test("data that a script keeps survives a kill a second later, and a stop at once", async () => {
  using site = new Site();
  const first = await runServer(site);
  await call(first.http, "put", { key: "name", value: "été\n☀" });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  await first.kill();
  const second = await runServer(site);
  assert.equal(await call(second.http, "get", { key: "name" }), "été\n☀");
  await call(second.http, "put", { key: "late", value: "1" });
  assert.equal(await second.stop(), 0);
  const third = await runServer(site);
  assert.equal(await call(third.http, "get", { key: "late" }), "1");
  await third.stop();
});

Deno.test("a ban cuts connections of every protocol and refuses new ones unread", async () => {
  using site = new Site();
  const server = await runServer(site);
  const open = await Promise.all([
    Deno.connect({ port: server.rtmp }),
    Deno.connect({ port: server.http }),
  ]);
  await open[0]!.write(Uint8Array.of(3, ...new Uint8Array(1536)));
  assert.ok((await open[0]!.read(new Uint8Array(10)))! > 0);
  const banning = fetch(`http://127.0.0.1:${server.http}/ban?address=127.0.0.0/8`);
  await banning.then((response) => response.body?.cancel(), () => {});
  const late = await Promise.all([
    Deno.connect({ port: server.rtmp }),
    Deno.connect({ port: server.http }),
  ]);
  for (const conn of [...open, ...late]) {
    await assertEnds(conn);
    conn.close();
  }
  assert.equal(await server.stop(), 0);
});

/** The connection ends, whatever was still under way. */
async function assertEnds(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(4096);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
  }
}

Deno.test("what a script sends in onStop arrives before the server is gone", async () => {
  using site = new Site();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  Deno.writeTextFileSync(
    `${site.www}/main.lua`,
    `socket = mona:createTCPClient()
    socket:connect("127.0.0.1", ${listener.addr.port})
    socket:send("hello, ")
    function onStop() socket:send("goodbye") end`,
  );
  const server = await runServer(site);
  const conn = await listener.accept();
  await conn.read(new Uint8Array(7));
  const text = new Response(conn.readable).text();
  assert.equal(await server.stop(), 0);
  assert.equal(await text, "goodbye");
  listener.close();
});

/** A mail server of Debian's that keeps mails to example.test in files of a folder. */
async function startExim(folder: string): Promise<{ port: number; stop(): Promise<void> }> {
  await requireProgram("exim4", "exim4-daemon-light");
  Deno.mkdirSync(`${folder}/spool`);
  Deno.mkdirSync(`${folder}/boxes`);
  for (const path of [folder, `${folder}/spool`, `${folder}/boxes`]) Deno.chmodSync(path, 0o777);
  Deno.writeTextFileSync(
    `${folder}/exim.conf`,
    `primary_hostname = mail.example.test
domainlist local_domains = example.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/spool/%slog
pid_file_path = ${folder}/spool/pid
keep_environment =
tls_advertise_hosts =
deliver_drop_privilege
acl_smtp_rcpt = rcpt
acl_smtp_data = accept
begin acl
rcpt:
  deny !domains = +local_domains
       message = we do not relay to $domain
  deny local_parts = nobody
       message = no such person
  accept
begin routers
local:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  file = ${folder}/boxes/you
  user = Debian-exim
begin retry
* * F,1h,10m
`,
  );
  const port = freePort();
  const child = new Deno.Command("exim4", {
    args: ["-C", `${folder}/exim.conf`, "-bdf", "-oX", `127.0.0.1.${port}`],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  await eventually(() =>
    Deno.connect({ port }).then((conn) => {
      conn.close();
      return true;
    }, () => undefined)
  );
  return {
    port,
    async stop() {
      child.kill("SIGTERM");
      await child.status;
    },
  };
}

Deno.test("a script's mail goes through Debian's exim4, which is quoted when it refuses", async () => {
  using site = new Site();
  const folder = `${site.folder}/exim`;
  Deno.mkdirSync(folder);
  Deno.chmodSync(site.folder, 0o755);
  const exim = await startExim(folder);
  const server = await runServer({
    ...site,
    set: [`smtp.port=${exim.port}`, "smtp.host=127.0.0.1"],
  });
  const said = async (to: string) => {
    await call(server.http, "mail", { to });
    return await eventually(async () => {
      const answer = await call(server.http, "get", { key: `mail to ${to}` });
      return answer === "nothing" ? undefined : answer;
    });
  };
  try {
    assert.equal(await said("you@example.test"), "sent");
    assert.equal(await said("nobody@example.test"), "550 no such person");
    assert.equal(await said("you@elsewhere.test"), "550 we do not relay to elsewhere.test");
    assert.match(await said("you@example.test\r\nBcc: x@example.test"), /line break/);
    const text = await eventually(() =>
      Deno.readTextFile(`${folder}/boxes/you`).catch(() => undefined)
    );
    assert.match(text, /^From: Me <me@example\.test>$/m);
    assert.match(text, /^Subject: =\?UTF-8\?/m);
    assert.match(text, /^Bonjour\n\.\nAdieu$/m);
  } finally {
    await server.stop();
    await exim.stop();
  }
});
