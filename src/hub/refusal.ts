/**
 * Why a request was refused: `missing` (no such method, application, file), `denied`, `failed`,
 * `busy`: too much at once, which was logged when it began; `unknown`: a key is wanted, and was not
 * brought or is wrong; `unavailable`: what decides cannot be asked now.
 */
export type RefusalReason = "missing" | "denied" | "failed" | "busy" | "unknown" | "unavailable";

/** Who refuses: a script, a rule of `[access]`, a hook, a limit of the settings, or the server itself. */
export type Refuser = "script" | "rule" | "hook" | "limit" | "server";

/** A line of a file, as in `www/live/main.lua:12`. */
export interface ScriptPosition {
  readonly file: string;
  readonly line: number;
}

/** What is known of a refusal beside its words. */
export interface RefusalOptions {
  readonly reason?: RefusalReason;
  readonly redirect?: string;
  /** By default the server. */
  readonly by?: Refuser;
  /** Where a script refused. */
  readonly place?: ScriptPosition | undefined;
}

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
  readonly by: Refuser;
  /** Where a script refused, as far as is known. */
  readonly place: ScriptPosition | undefined;

  constructor(code: string, description: string, options: RefusalOptions = {}) {
    super(description);
    this.by = options.by ?? "server";
    this.place = options.place;
    this.code = code;
    this.reason = options.reason ?? "denied";
    this.redirect = options.redirect;
  }
}
