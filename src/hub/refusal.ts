/**
 * Why a request was refused: `missing` (no such method, application, file), `denied`, `failed`,
 * `busy`: too much at once, which was logged when it began; `unknown`: a key is wanted, and was not
 * brought or is wrong.
 */
export type RefusalReason = "missing" | "denied" | "failed" | "busy" | "unknown";

/**
 * A request that the server or a script turned down. Protocols tell the peer, in their own form;
 * nothing else is affected.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** The status code without its class, such as `Connect.Rejected` or `Publish.BadName`. */
  readonly code: string;
  readonly reason: RefusalReason;
  /** Where a redirected client should go instead, such as `rtmp://host:1935/app`. */
  readonly redirect: string | undefined;

  constructor(
    code: string,
    description: string,
    options: { readonly reason?: RefusalReason; readonly redirect?: string } = {},
  ) {
    super(description);
    this.code = code;
    this.reason = options.reason ?? "denied";
    this.redirect = options.redirect;
  }
}
