import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { Mailer, type MailSettings } from "../../src/services/mod.ts";
import { MailServer } from "./mail_server.ts";

const settings: MailSettings = {
  host: "127.0.0.1",
  port: 25,
  timeout: 5000,
  user: "",
  password: "",
  tls: "auto",
};

const bytes = (text: string) => new TextEncoder().encode(text);

function mail(sender: string, subject: string, content: string, ...recipients: string[]) {
  return {
    sender: bytes(sender),
    subject: bytes(subject),
    content: bytes(content),
    recipients: recipients.map(bytes),
  };
}

/** Runs with a mail server and a mailer for it. */
async function withServer(
  test: (mailer: Mailer, server: MailServer) => Promise<void>,
  change: Partial<MailSettings> = {},
  options: ConstructorParameters<typeof MailServer>[0] = {},
): Promise<void> {
  const server = new MailServer(options);
  const mailer = new Mailer({ ...settings, port: await server.start(), ...change }, systemClock);
  try {
    await test(mailer, server);
  } finally {
    await mailer.close();
    await server.stop();
  }
}

Deno.test("a mail reaches every recipient, with a UTF-8 subject and a dot on its own line", () =>
  withServer(async (mailer, server) => {
    await mailer.send(
      mail(
        "Moi <me@example.com>",
        "Été ☀",
        "one\n.\ntwo\n",
        "a@example.com",
        "B <b@example.com>",
        `"C, \\"D" <c@example.com>`,
      ),
    );
    const [received] = server.received;
    assert.equal(received?.from, "me@example.com");
    assert.deepEqual(received?.to, ["a@example.com", "b@example.com", "c@example.com"]);
    assert.match(received!.header.join("\n"), /^Subject: =\?UTF-8\?\w\?\S+\?=$/m);
    assert.match(
      received!.header.join("\n"),
      /^To: a@example.com, B <b@example.com>, "C, \\"D" <c@example.com>$/m,
    );
    assert.equal(received?.body, "one\r\n.\r\ntwo\r\n");
    assert.equal(received?.isEncrypted, true);
  }));

const injections: [name: string, fields: [string, string, ...string[]], reason: RegExp][] = [
  ["subject", ["a@b.c", "x\r\nBcc: d@e.f", "g@h.i"], /the subject holds a line break/],
  ["subject", ["a@b.c", "x\nBcc: d@e.f", "g@h.i"], /the subject holds a line break/],
  ["subject", ["a@b.c", "x\0y", "g@h.i"], /the subject holds a line break/],
  ["sender", ["a@b.c\r\nBcc: d@e.f", "x", "g@h.i"], /the sender holds a line break/],
  ["sender", ["a@b.c, d@e.f", "x", "g@h.i"], /the sender is no mail address/],
  ["sender", ["", "x", "g@h.i"], /the sender is no mail address/],
  ["recipient", ["a@b.c", "x", "g@h.i, d@e.f"], /a recipient is no mail address/],
  ["recipient", ["a@b.c", "x", "g@h.i>\r\nDATA"], /a recipient holds a line break/],
  ["recipient", ["a@b.c", "x", "<g@h.i> <d@e.f>"], /a recipient is no mail address/],
  ["recipient", ["a@b.c", "x", "group: d@e.f, g@h.i;"], /a recipient is no mail address/],
  ["recipient", ["a@b.c", "x", "no address"], /a recipient is no mail address/],
  ["recipient", ["a@b.c", "x"], /a mail needs a recipient/],
];

Deno.test("a mail server is told goodbye, when it took the mail and when it did not", async () => {
  const said: string[] = [];
  const answers: [RegExp, string][] = [
    [/^(EHLO|HELO)/, "250 hello"],
    [/^MAIL/, "250 ok"],
    [/^RCPT.*nobody/, "550 no such user"],
    [/^RCPT/, "250 ok"],
    [/^DATA/, "354 go on"],
    [/^\.$/, "250 taken"],
    [/^QUIT/, "221 bye"],
  ];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async () => {
    for await (const conn of listener) {
      const write = (line: string) => conn.write(bytes(`${line}\r\n`));
      await write("220 here");
      let kept = "";
      const buffer = new Uint8Array(4096);
      for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
        kept += new TextDecoder().decode(buffer.subarray(0, count));
        const lines = kept.split("\r\n");
        kept = lines.pop()!;
        for (const line of lines) {
          said.push(line);
          const answer = answers.find(([pattern]) => pattern.test(line))?.[1];
          if (answer) await write(answer);
        }
      }
      conn.close();
      if (said.filter((line) => line === "QUIT").length === 2) break;
    }
  };
  const served = serve();
  const { port } = listener.addr as Deno.NetAddr;
  const mailer = new Mailer({ ...settings, port, tls: "never" }, systemClock);
  await mailer.send(mail("a@example.com", "hi", "text", "b@example.com"));
  await assert.rejects(mailer.send(mail("a@example.com", "hi", "text", "nobody@example.com")), {
    message: /no such user/,
  });
  await served;
  await mailer.close();
});

Deno.test("what would become another header or recipient is refused, in every argument", () =>
  withServer(async (mailer, server) => {
    for (const [name, [sender, subject, ...recipients], reason] of injections) {
      await assert.rejects(mailer.send(mail(sender, subject, "", ...recipients)), reason, name);
    }
    assert.deepEqual(server.received, []);
  }));

Deno.test("what the mail server says of a recipient is the error, the others get the mail", () =>
  withServer(async (mailer, server) => {
    await assert.rejects(
      mailer.send(mail("a@b.c", "x", "y", "d@e.f", "nobody@b.c")),
      { message: "nobody@b.c: 550 Nobody here by that name" },
    );
    assert.deepEqual(server.received.map(({ to }) => to), [["d@e.f"]]);
    await assert.rejects(mailer.send(mail("a@b.c", "x", "y", "nobody@b.c")), /550 Nobody here/);
  }));

Deno.test("a mailer logs in when a name is set, and tells when that is refused", async () => {
  const plain = { allowInsecureAuth: true, disabledCommands: ["STARTTLS"] };
  const login = { user: "me", tls: "never" } as const;
  await withServer(
    async (mailer, server) => {
      await mailer.send(mail("a@b.c", "x", "y", "d@e.f"));
      assert.equal(server.received[0]?.user, "me");
      assert.equal(server.received[0]?.isEncrypted, false);
    },
    { ...login, password: "secret" },
    plain,
  );
  await withServer(
    async (mailer) => {
      await assert.rejects(mailer.send(mail("a@b.c", "x", "y", "d@e.f")), (error: Error) => {
        assert.match(error.message, /535 No such luck/);
        assert.doesNotMatch(error.message, /wrong/);
        return true;
      });
    },
    { ...login, password: "wrong" },
    plain,
  );
});

Deno.test("a mail is not sent in clear, or to a stranger, when encryption is a must", async () => {
  await withServer(async (mailer, server) => {
    await assert.rejects(mailer.send(mail("a@b.c", "x", "y", "d@e.f")), /certificate|self.signed/i);
    assert.deepEqual(server.received, []);
  }, { tls: "always" });
  await withServer(
    async (mailer, server) => {
      await assert.rejects(mailer.send(mail("a@b.c", "x", "y", "d@e.f")), /command not recognized/);
      assert.deepEqual(server.received, []);
    },
    { tls: "always" },
    { disabledCommands: ["STARTTLS"] },
  );
});

Deno.test("a mail server that is not there is an error", async () => {
  const server = new MailServer();
  const port = await server.start();
  await server.stop();
  const mailer = new Mailer({ ...settings, port }, systemClock);
  await assert.rejects(mailer.send(mail("a@b.c", "x", "y", "d@e.f")), /ECONNREFUSED|refused/i);
  await mailer.close();
});

Deno.test("many mails go out a few at a time, and a stop lets those on their way through", () =>
  withServer(async (mailer, server) => {
    const mails = Array.from({ length: 12 }, (_, i) => {
      return mailer.send(mail("a@b.c", `number ${i}`, "", "d@e.f"));
    });
    await mailer.close();
    await Promise.all(mails);
    assert.equal(server.received.length, 12);
    await assert.rejects(mailer.send(mail("a@b.c", "late", "", "d@e.f")), /stopping/);
  }));
