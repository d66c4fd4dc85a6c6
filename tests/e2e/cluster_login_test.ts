import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Broker, type Login } from "./broker.ts";
import { complaints, withCluster } from "./cluster.ts";
import { inTempFolder } from "./program.ts";
import { freePort, runServer } from "./server.ts";

const tls = fileURLToPath(new URL("../vectors/tls/", import.meta.url));
const keys = ["--tls", "--tlscert", `${tls}signed.cert.pem`, "--tlskey", `${tls}signed.key.pem`];
const authorities = `cluster.authorities=${tls}authority.cert.pem`;

const logins: Record<string, Login> = {
  "a token": { args: ["--auth", "t0ken"], set: ["cluster.token=t0ken"] },
  "TLS": { scheme: "tls", args: keys, set: [authorities] },
  "TLS and a user": {
    scheme: "tls",
    args: [...keys, "--user", "mona", "--pass", "s4"],
    set: [authorities, "cluster.user=mona", "cluster.password=s4"],
  },
};

for (const [name, login] of Object.entries(logins)) {
  Deno.test(`two servers are members of one broker, by ${name}`, () =>
    withCluster("broker", 2, ({ servers }) => {
      for (const server of servers) {
        assert.deepEqual(complaints(server), []);
        assert.doesNotMatch(server.log(), /t0ken|s4/);
      }
      return Promise.resolve();
    }, { login }));
}

const refused: Record<string, { login: Login; says: RegExp }> = {
  "another password": {
    login: {
      args: ["--user", "mona", "--pass", "s4"],
      set: ["cluster.user=mona", "cluster.password=wr0ng"],
    },
    says: /authorization violation/i,
  },
  "no token": { login: { args: ["--auth", "t0ken"], set: [] }, says: /authorization violation/i },
  "a certificate that nobody it knows has signed": {
    login: { scheme: "tls", args: keys, set: [] },
    says: /certificate|UnknownIssuer/i,
  },
};

for (const [name, { login, says }] of Object.entries(refused)) {
  Deno.test(`a server with ${name} is no member, serves on, and says why once`, () =>
    inTempFolder(async (folder) => {
      await Deno.mkdir(`${folder}/www`);
      const broker = new Broker({ login });
      await broker.start();
      const server = await runServer({
        www: `${folder}/www`,
        data: `${folder}/data`,
        set: [...broker.settings(), `servers.port=${freePort()}`, "servers.secret=s3"],
      });
      try {
        await server.logged(/ (WARN|ERROR) /);
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        const lines = complaints(server);
        assert.equal(lines.length, 1, lines.join("\n"));
        assert.match(lines[0]!, says);
        assert.doesNotMatch(server.log(), /s3|s4|wr0ng|t0ken|is connected|member of the cluster/);
        const response = await fetch(`http://127.0.0.1:${server.http}/none`);
        await response.body?.cancel();
        assert.equal(response.status, 404);
      } finally {
        await server.kill();
        await broker.kill();
      }
    }));
}

Deno.test("a server that starts before its broker says so once, and is a member when it comes", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www`);
    const broker = new Broker();
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      set: [...broker.settings(), "servers.secret=s3"],
    });
    try {
      await server.logged(/ WARN .*not a member/);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await broker.start();
      await server.logged(/member of the cluster at/);
      assert.equal(complaints(server).length, 1, server.log());
    } finally {
      await server.kill();
      await broker.kill();
    }
  }));
