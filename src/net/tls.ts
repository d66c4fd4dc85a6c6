/** A certificate chain and its private key, both PEM texts. */
export interface TlsKeys {
  readonly cert: string;
  readonly key: string;
}

/** Alerts about our certificate (RFC 8446 §6.2), as the runtime names them. */
const CERTIFICATE_ALERT = /fatal alert: (UnknownCA|\w*Certificate\w*)/;

/** Why the peer does not take our certificate; undefined for any other failure. */
export function certificateAlert({ message }: Error): string | undefined {
  return CERTIFICATE_ALERT.exec(message)?.[1];
}
