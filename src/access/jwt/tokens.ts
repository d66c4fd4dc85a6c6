import { decodeProtectedHeader, errors, jwtVerify } from "jose";
import { andThen, BoundedMap, type Clock, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { codeOf } from "../keys.ts";
import { MAX_KNOWN_TOKENS, TOKEN_TOLERANCE } from "../params.ts";
import type { Claims } from "./claims.ts";
import type { KeySource } from "./key_source.ts";
import type { TokenKey } from "./token_keys.ts";

/** What a token says, or what is wrong with it. */
export type TokenVerdict =
  | { readonly claims: Claims }
  | { readonly wrong: string; readonly isGuess: boolean };

export interface TokensOptions {
  /** Of tokens by HS256; empty for none. */
  readonly secret: string;
  /** Keys of tokens by RS256 and ES256. */
  readonly source: KeySource | undefined;
  /** Wanted of the claims iss and aud; empty for anything. */
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
}

/**
 * Verifies signed tokens (RFC 7519). What verifies one is chosen by this server: a shared secret
 * only for HS256, a public key only for the algorithm that it is of (RFC 8725 §3.1); what a token
 * says of where its key is found is not looked at.
 */
export class Tokens {
  readonly #options: TokensOptions;
  readonly #secret: Uint8Array;
  /** Tokens that were good, by their codes. */
  #known = new BoundedMap<string, { readonly claims: Claims; readonly until: number }>(
    MAX_KNOWN_TOKENS,
  );
  #version: number | undefined;

  constructor(options: TokensOptions) {
    this.#options = options;
    this.#secret = encodeText(options.secret);
  }

  check(token: string): Later<TokenVerdict> {
    const { source, clock } = this.#options;
    return andThen(source?.keys() ?? [], (keys) => {
      if (this.#version !== source?.version) this.#known.clear();
      this.#version = source?.version;
      const code = codeOf(token);
      const known = this.#known.get(code);
      if (known !== undefined && clock.epoch() < known.until) return { claims: known.claims };
      return this.#verify(token, code, keys);
    });
  }

  async #verify(
    token: string,
    code: string,
    keys: readonly TokenKey[],
  ): Promise<TokenVerdict> {
    const head = headOf(token);
    if (head === undefined) return { wrong: "the token is none", isGuess: true };
    const { alg, kid } = head;
    if (alg === "HS256" && this.#secret.length > 0) {
      return await this.#judge(token, code, alg, [this.#secret]);
    }
    const named = () => keys.some((key) => key.kid === kid);
    if (kid !== undefined && !named()) keys = await this.#options.source?.renewed() ?? keys;
    const fitting = keys.filter((key) =>
      key.algorithm === alg && (kid === undefined || key.kid === undefined || key.kid === kid)
    );
    if (fitting.length === 0) {
      return { wrong: "no key is known that the token could be signed by", isGuess: false };
    }
    return await this.#judge(token, code, alg, fitting.map(({ key }) => key));
  }

  async #judge(
    token: string,
    code: string,
    algorithm: string,
    keys: readonly (CryptoKey | Uint8Array)[],
  ): Promise<TokenVerdict> {
    const { issuer, audience, clock } = this.#options;
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          clockTolerance: TOKEN_TOLERANCE / 1000,
          currentDate: new Date(clock.epoch()),
          ...(issuer === "" ? {} : { issuer }),
          ...(audience === "" ? {} : { audience }),
        });
        const until = (payload.exp ?? Infinity) * 1000 + TOKEN_TOLERANCE;
        this.#known.set(code, { claims: payload, until });
        return { claims: payload };
      } catch (error) {
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) return verdictOf(error);
      }
    }
    return { wrong: "the token's signature is wrong", isGuess: true };
  }
}

/** Algorithm and key of a token; undefined for one that cannot be read, or is not signed at all. */
function headOf(token: string): { alg: string; kid: string | undefined } | undefined {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    if (typeof alg !== "string" || (kid !== undefined && typeof kid !== "string")) return undefined;
    return { alg, kid };
  } catch {
    return undefined;
  }
}

/** Its signature is right, or it is malformed. */
function verdictOf(error: unknown): TokenVerdict {
  if (error instanceof errors.JWTExpired) return { wrong: "the token is over", isGuess: false };
  if (error instanceof errors.JWTClaimValidationFailed) {
    return { wrong: `the token's ${error.claim} is not what is wanted`, isGuess: false };
  }
  return { wrong: "the token is none", isGuess: true };
}
