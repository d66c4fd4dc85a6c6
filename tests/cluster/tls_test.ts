import assert from "node:assert/strict";
import { reach } from "../support/reachable.ts";
import { values, withMembers } from "./member.ts";

/** A certificate for 127.0.0.1 that signs itself, and its key, in PEM. */
async function certificate(): Promise<{ cert: string; key: string }> {
  const folder = await Deno.makeTempDir();
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  args.push("-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`, "-days", "2");
  args.push("-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1");
  args.push("-addext", "basicConstraints=critical,CA:FALSE");
  const made = await new Deno.Command("openssl", { args, stderr: "piped" }).output();
  assert.ok(made.success, new TextDecoder().decode(made.stderr));
  const [cert, key] = await Promise.all(
    ["cert.pem", "key.pem"].map((file) => Deno.readTextFile(`${folder}/${file}`)),
  );
  await Deno.remove(folder, { recursive: true });
  return { cert: cert!, key: key! };
}

Deno.test("a link over TLS carries calls, and a certificate of another authority is refused", () =>
  withMembers(async (member) => {
    const [mine, other] = await Promise.all([certificate(), certificate()]);
    const b = member({ tls: mine, secret: "x" }).start();
    (await reach(Number(b.address.split(":").at(-1)))).close();
    const a = member({
      secure: mine.cert,
      secret: "x",
      targets: b.address,
    }).start();
    const { server } = await a.event("up");
    server.send("hello", values(1));
    assert.equal((await b.event("call")).name, "hello");
    const c = member({
      secure: other.cert,
      secret: "x",
      targets: b.address,
    }).start();
    await c.logged(/no link: .*certificate/);
  }));
