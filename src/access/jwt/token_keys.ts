import { importJWK, importSPKI, importX509, type JWK } from "jose";
import { errorText } from "../../base/mod.ts";
import { MAX_TOKEN_KEYS } from "../params.ts";

/** Signatures that are made by a private key and verified by a public one. */
const ALGORITHMS = ["RS256", "ES256"] as const;

export type PublicAlgorithm = typeof ALGORITHMS[number];

/** A key that verifies tokens. */
export interface TokenKey {
  /** What tokens call it; undefined for a key that has no name. */
  readonly kid: string | undefined;
  readonly algorithm: PublicAlgorithm;
  readonly key: CryptoKey;
}

/**
 * The keys of a JWKS (RFC 7517) or of PEM texts, as far as they are public keys for RS256 or ES256.
 * @throws Error with a sentence for the log when there is none
 */
export async function readTokenKeys(text: string): Promise<readonly TokenKey[]> {
  const keys = text.includes("-----BEGIN ") ? await pemKeys(text) : await jwksKeys(text);
  if (keys.length === 0) throw new Error("it has no public key for RS256 or ES256");
  return keys;
}

const PEM = /-----BEGIN ([A-Z ]+)-----[\s\S]*?-----END \1-----/g;

async function pemKeys(text: string): Promise<TokenKey[]> {
  const keys: TokenKey[] = [];
  for (const [pem, type = ""] of text.matchAll(PEM)) {
    if (type.endsWith("PRIVATE KEY")) {
      throw new Error("it holds a private key: only the public one belongs here");
    }
    const read = type === "CERTIFICATE" ? importX509 : importSPKI;
    for (const algorithm of ALGORITHMS) {
      const key = await read(pem, algorithm).catch(() => undefined);
      if (key !== undefined) keys.push({ kid: undefined, algorithm, key });
    }
  }
  return keys;
}

async function jwksKeys(text: string): Promise<TokenKey[]> {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch (error) {
    throw new Error(`it is neither PEM nor a JWKS: ${errorText(error)}`);
  }
  const listed = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(listed)) throw new Error("it is no JWKS: it has no list of keys");
  const keys: TokenKey[] = [];
  for (const jwk of listed.slice(0, MAX_TOKEN_KEYS) as unknown[]) {
    const algorithm = algorithmOf(jwk);
    if (algorithm === undefined) continue;
    // What else stands in it, as a private part, is left away.
    const { kty, n, e, crv, x, y, kid } = jwk as JWK & { kty: string };
    const parts = kty === "RSA" ? { kty, n, e } : { kty, crv, x, y };
    const key = await importJWK(parts as JWK, algorithm).catch(() => undefined);
    if (key instanceof CryptoKey) {
      keys.push({ kid: typeof kid === "string" ? kid : undefined, algorithm, key });
    }
  }
  return keys;
}

/** What the key is for; undefined when it is for neither. */
function algorithmOf(jwk: unknown): PublicAlgorithm | undefined {
  if (typeof jwk !== "object" || jwk === null) return undefined;
  const { kty, crv, alg, use } = jwk as JWK;
  if (use !== undefined && use !== "sig") return undefined;
  const algorithm = kty === "RSA" ? "RS256" : kty === "EC" && crv === "P-256" ? "ES256" : undefined;
  return alg === undefined || alg === algorithm ? algorithm : undefined;
}
