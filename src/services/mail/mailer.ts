import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { type Clock, errorText, type Timer } from "../../base/mod.ts";
import { type Mail, type Message, messageOf } from "./message.ts";

/** The `[smtp]` section. */
export interface MailSettings {
  readonly host: string;
  readonly port: number;
  /** Milliseconds that the mail server may be silent. */
  readonly timeout: number;
  /** Empty for no login. */
  readonly user: string;
  readonly password: string;
  /** `always`, `never`, or `auto`: when the mail server offers it. */
  readonly tls: string;
}

/** Mails that are on their way at once; others wait. */
const MAX_SENDING = 5;

/** More waiting mails are refused. */
const MAX_WAITING = 1_000;

/** The port where TLS comes first (RFC 8314 §3.3); elsewhere it is asked for by STARTTLS. */
const TLS_PORT = 465;

/** Milliseconds that mails have to get out when the server stops. */
const CLOSE_TIME = 5_000;

interface Waiting {
  readonly message: Message;
  readonly settle: PromiseWithResolvers<void>;
}

/** Sends mails by SMTP, some at a time. */
export class Mailer {
  readonly #settings: MailSettings;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #sending = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  constructor(settings: MailSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Sends a mail; settles when the mail server took or refused it.
   * @throws Error in the mail server's own words, or saying what is wrong with the mail
   */
  async send(mail: Mail): Promise<void> {
    const message = messageOf(mail);
    if (this.#isClosed) throw new Error("the server is stopping");
    if (this.#waiting.length >= MAX_WAITING) throw new Error(`${MAX_WAITING} mails wait already`);
    const settle = Promise.withResolvers<void>();
    this.#waiting.push({ message, settle });
    this.#next();
    await settle.promise;
  }

  /** Waits a while for the mails that are on their way; those that still wait then are lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#sending > 0) {
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        timer = this.#clock.after(CLOSE_TIME, resolve);
      });
      timer?.cancel();
    }
    for (const { settle } of this.#waiting.splice(0)) {
      settle.reject(new Error("the server is stopping"));
    }
  }

  #next(): void {
    while (this.#sending < MAX_SENDING) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#sending++;
      this.#transmit(next.message).then(next.settle.resolve, next.settle.reject).finally(() => {
        this.#sending--;
        this.#next();
      });
    }
    if (this.#sending === 0) this.#onIdle?.();
  }

  /** nodemailer's own transport hangs up without a QUIT, which mail servers count as an error. */
  async #transmit(message: Message): Promise<void> {
    const connection = new SMTPConnection(connectionOptions(this.#settings));
    try {
      const refused = await talk(connection, this.#settings, message);
      if (refused !== undefined) throw refused;
      connection.quit();
    } catch (error) {
      // Who said why is still there to be told goodbye.
      if (responseOf(error) === undefined) connection.close();
      else connection.quit();
      throw new Error(reasonOf(error));
    }
  }
}

/** Hands a mail over; resolves to the refusal of a recipient when others got it. */
function talk(
  connection: SMTPConnection,
  { user, password }: MailSettings,
  { from, to, subject, text }: Message,
): Promise<Error | undefined> {
  const content = { from, to: [...to], subject, text };
  const safe = { disableFileAccess: true, disableUrlAccess: true };
  const mail = new MailComposer({ ...content, ...safe }).compile();
  return new Promise((resolve, reject) => {
    connection.on("error", reject);
    connection.once("end", () => reject(new Error("the mail server closed the connection")));
    const send = () =>
      connection.send(mail.getEnvelope(), mail.createReadStream(), (error, info) => {
        if (error) reject(error);
        else resolve(info?.rejectedErrors?.[0]);
      });
    connection.connect((error) => {
      if (error) return reject(error);
      if (user === "" || !connection.allowsAuth) return send();
      connection.login({ user, pass: password }, (error) => error ? reject(error) : send());
    });
  });
}

function connectionOptions({ host, port, timeout, user, tls }: MailSettings) {
  return {
    host,
    port,
    secure: tls !== "never" && port === TLS_PORT,
    requireTLS: tls === "always",
    ignoreTLS: tls === "never",
    // Encryption without a name to trust is still better than none, but not for a password.
    tls: { rejectUnauthorized: tls === "always" || user !== "" },
    connectionTimeout: timeout,
    greetingTimeout: timeout,
    socketTimeout: timeout,
    dnsTimeout: timeout,
  };
}

/** What the mail server said; undefined when it said nothing. */
function responseOf(error: unknown): string | undefined {
  return (error as { response?: string }).response;
}

/** What the mail server said, or why it could not be talked to. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { response, recipient } = error as { response?: string; recipient?: string };
  if (response === undefined) return errorText(error);
  return recipient === undefined ? response : `${recipient}: ${response}`;
}
