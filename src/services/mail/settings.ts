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
