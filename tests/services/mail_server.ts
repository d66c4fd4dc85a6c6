import { SMTPServer } from "smtp-server";

/** What the mail server took. */
export interface Received {
  readonly from: string;
  readonly to: readonly string[];
  /** Lines of the header, unfolded. */
  readonly header: readonly string[];
  readonly body: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}

type ServerOptions = NonNullable<ConstructorParameters<typeof SMTPServer>[0]>;

/** A mail server of a test's own. It refuses recipients named `nobody` in its own words. */
export class MailServer {
  readonly received: Received[] = [];
  readonly #server: SMTPServer;

  constructor(options: ServerOptions = {}) {
    this.#server = new SMTPServer({
      authOptional: true,
      disableReverseLookup: true,
      logger: false,
      onAuth({ username, password }, _session, callback) {
        if (password === "secret") callback(null, { user: username });
        else callback(Object.assign(new Error("No such luck"), { responseCode: 535 }));
      },
      onRcptTo({ address }, _session, callback) {
        if (!address.startsWith("nobody@")) return callback();
        callback(Object.assign(new Error("Nobody here by that name"), { responseCode: 550 }));
      },
      onData: (stream, session, callback) => {
        let text = "";
        stream.setEncoding("utf8");
        stream.on("data", (part: string) => text += part);
        stream.on("end", () => {
          const at = text.indexOf("\r\n\r\n");
          const { mailFrom, rcptTo } = session.envelope;
          this.received.push({
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            header: text.slice(0, at).replace(/\r\n[ \t]+/g, " ").split("\r\n"),
            body: text.slice(at + 4),
            isEncrypted: session.secure,
            user: session.user as string | undefined,
          });
          callback();
        });
      },
      ...options,
    });
  }

  /** Resolves to the port. */
  start(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.on("error", () => {});
      const listener = this.#server.listen(0, "127.0.0.1", () => {
        const address = listener.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve));
  }
}
