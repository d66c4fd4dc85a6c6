import {
  createLocalJWKSet,
  decodeProtectedHeader,
  importSPKI,
  importX509,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from "jose";

/** Algorithms whose key is a secret of both sides (RFC 7518 §3.1). */
const SECRET = ["HS256", "HS384", "HS512"];
/** Algorithms whose key may be public. */
const PUBLIC = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Characters of a token at most: it is work to check one. */
const MAX_TOKEN = 16_384;

/**
 * The claims of a JSON Web Token (RFC 7519) whose signature and times are right. `key` is a secret, a
 * public key or certificate in PEM, or a JWK or a set of them as JSON; it decides which algorithms a
 * token may name, so that no public key is taken for a secret. Rejects with an Error that says why.
 * @param now milliseconds since the Unix epoch
 */
export async function verifyToken(token: string, key: string, now: number): Promise<JWTPayload> {
  if (token.length > MAX_TOKEN) throw new Error(`a token of more than ${MAX_TOKEN} characters`);
  const currentDate = new Date(now);
  const { payload } = await verified(token.trim(), key.trim(), { currentDate });
  return payload;
}

async function verified(token: string, key: string, options: JWTVerifyOptions) {
  if (key.startsWith("{")) {
    const set = keySetOf(key);
    return jwtVerify(token, createLocalJWKSet(set), { ...options, algorithms: algorithmsOf(set) });
  }
  if (!key.startsWith("-----BEGIN ")) {
    if (key === "") throw new Error("the key is empty");
    const secret = new TextEncoder().encode(key);
    return jwtVerify(token, secret, { ...options, algorithms: SECRET });
  }
  const { alg = "" } = decodeProtectedHeader(token);
  if (!PUBLIC.includes(alg)) throw new Error(`algorithm ${alg} has no public key`);
  const read = key.startsWith("-----BEGIN CERTIFICATE") ? importX509 : importSPKI;
  return jwtVerify(token, await read(key, alg), { ...options, algorithms: PUBLIC });
}

type KeySet = Parameters<typeof createLocalJWKSet>[0];

function keySetOf(text: string): KeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("the key is no JSON");
  }
  const isSet = value instanceof Object && "keys" in value;
  return (isSet ? value : { keys: [value] }) as KeySet;
}

/** The secrets of a set are for one kind of algorithm, its public keys for the other. */
function algorithmsOf({ keys }: KeySet): string[] {
  const isSecret = keys.every(({ kty }) => kty === "oct");
  return isSecret ? SECRET : PUBLIC;
}
