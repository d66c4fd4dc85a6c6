import MailComposer from "nodemailer/lib/mail-composer";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import { errorText } from "../../base/mod.ts";
import type { Message } from "./message.ts";
import type { MailSettings } from "./settings.ts";

/** The port where TLS comes first (RFC 8314 §3.3); elsewhere it is asked for by STARTTLS. */
const TLS_PORT = 465;

/**
 * Hands a mail to the mail server. nodemailer's own transport hangs up without a QUIT, which mail
 * servers count as an error.
 * @throws Error in the mail server's own words, or why it could not be talked to
 */
export async function transmit(settings: MailSettings, message: Message): Promise<void> {
  const connection = new SMTPConnection(connectionOptions(settings));
  try {
    const refused = await talk(connection, settings, message);
    if (refused !== undefined) throw refused;
    connection.quit();
  } catch (error) {
    // Who said why is still there to be told goodbye.
    if (responseOf(error) === undefined) connection.close();
    else connection.quit();
    throw new Error(reasonOf(error));
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
