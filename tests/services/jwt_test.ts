import { equal, rejects } from "node:assert/strict";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { verifyToken } from "../../src/services/mod.ts";

const NOW = Date.UTC(2026, 0, 1);
const SECRET = "0123456789abcdef0123456789abcdef";

function token(alg: string, key: CryptoKey | Uint8Array, change = (jwt: SignJWT) => jwt) {
  const jwt = new SignJWT({ role: "author" }).setProtectedHeader({ alg }).setSubject("Ann");
  return change(jwt).sign(key);
}

Deno.test("tokens of each kind of key are taken, by the key as PEM, JWK and set", async () => {
  const hs = await token("HS512", new TextEncoder().encode(SECRET));
  equal((await verifyToken(hs, SECRET, NOW)).sub, "Ann");
  for (const alg of ["RS256", "PS256", "ES256", "EdDSA"]) {
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const signed = await token(alg, privateKey);
    const pem = await exportSPKI(publicKey);
    const jwk = await exportJWK(publicKey);
    const others = await exportJWK(
      (await generateKeyPair("ES384", { extractable: true })).publicKey,
    );
    const set = { keys: [{ ...others, kid: "other" }, jwk] };
    for (const key of [pem, JSON.stringify(jwk), JSON.stringify(set)]) {
      equal((await verifyToken(` ${signed}\n`, key, NOW))["role"], "author", alg);
    }
  }
});

Deno.test("a public key is no secret: tokens that were signed with its text are refused", async () => {
  const { publicKey } = await generateKeyPair("RS256", { extractable: true });
  const pem = await exportSPKI(publicKey);
  const forged = await token("HS256", new TextEncoder().encode(pem));
  await rejects(verifyToken(forged, pem, NOW), { message: "algorithm HS256 has no public key" });
  const jwk = JSON.stringify(await exportJWK(publicKey));
  const other = await token("HS256", new TextEncoder().encode(jwk));
  await rejects(verifyToken(other, jwk, NOW), /alg/);
  const none = `${btoa('{"alg":"none"}').replaceAll("=", "")}.${btoa("{}").replaceAll("=", "")}.`;
  for (const key of [pem, jwk, SECRET]) await rejects(verifyToken(none, key, NOW));
});

Deno.test("a token has its time, and a length", async () => {
  const key = new TextEncoder().encode(SECRET);
  const seconds = NOW / 1000;
  const late = await token("HS256", key, (jwt) => jwt.setExpirationTime(seconds - 1));
  const early = await token("HS256", key, (jwt) => jwt.setNotBefore(seconds + 10));
  await rejects(verifyToken(late, SECRET, NOW), { message: '"exp" claim timestamp check failed' });
  await rejects(verifyToken(early, SECRET, NOW), { message: '"nbf" claim timestamp check failed' });
  equal((await verifyToken(early, SECRET, NOW + 10_000)).sub, "Ann");
  await rejects(verifyToken("a".repeat(16_385), SECRET, NOW), /more than 16384 characters/);
  await rejects(verifyToken(late, "", NOW), { message: "the key is empty" });
  await rejects(verifyToken(late, "{", NOW), { message: "the key is no JSON" });
});
