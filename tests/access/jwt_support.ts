import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from "jose";

/** A key pair of somebody who makes tokens. */
export class TokenMaker {
  readonly #algorithm: string;
  readonly #pair: Promise<CryptoKeyPair>;
  readonly kid: string;

  constructor(algorithm: "RS256" | "ES256", kid: string) {
    this.#algorithm = algorithm;
    this.kid = kid;
    this.#pair = generateKeyPair(algorithm, { extractable: true }) as Promise<CryptoKeyPair>;
  }

  /** The public key as a member of a JWKS. */
  async jwk(): Promise<Record<string, unknown>> {
    const jwk = await exportJWK((await this.#pair).publicKey);
    return { ...jwk, kid: this.kid, use: "sig" };
  }

  async pem(): Promise<string> {
    return await exportSPKI((await this.#pair).publicKey);
  }

  /** @param header more of it, or other values */
  async sign(claims: JWTPayload, header: Record<string, unknown> = {}): Promise<string> {
    return await new SignJWT(claims)
      .setProtectedHeader({ alg: this.#algorithm, kid: this.kid, ...header })
      .sign((await this.#pair).privateKey);
  }
}

export async function jwksOf(...makers: TokenMaker[]): Promise<string> {
  return JSON.stringify({ keys: await Promise.all(makers.map((maker) => maker.jwk())) });
}

/** A token by hand: whatever header, signed by whatever makes of it. */
export async function forged(
  header: Record<string, unknown>,
  claims: JWTPayload,
  sign: (text: Uint8Array) => Uint8Array | Promise<Uint8Array>,
): Promise<string> {
  const part = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${base64url(await sign(new TextEncoder().encode(text)))}`;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replace(/=+$/, "").replace(/\+/g, "-")
    .replace(/\//g, "_");
}
