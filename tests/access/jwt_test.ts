import { deepEqual, equal, match } from "node:assert/strict";
import { SignJWT } from "jose";
import { FileKeys, readTokenKeys, RemoteKeys, TokenJudge, Tokens } from "../../src/access/mod.ts";
import { encodeText } from "../../src/bytes/mod.ts";
import { hmacSha256 } from "../../src/crypto/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { MemoryLog } from "../script/support.ts";
import { forged, jwksOf, TokenMaker } from "./jwt_support.ts";

const SECRET = "a secret of more than thirty-two bytes";

/** What a judge says of a token: who it is, or what is wrong. */
async function judged(
  judge: TokenJudge,
  token: string,
  action: "play" | "publish" | "connect" | "files" = "play",
  path = "film",
): Promise<string> {
  const verdict = await judge.judge([token], action, path, { wrong: "a key is wanted" });
  return "user" in verdict ? `is ${verdict.user}` : verdict.wrong;
}

async function scene({ claim = "", issuer = "", audience = "", secret = SECRET } = {}) {
  const clock = new FakeClock();
  const maker = new TokenMaker("ES256", "one");
  const source = new FileKeys();
  await source.read(await jwksOf(maker));
  const judge = new TokenJudge(new Tokens({ secret, source, issuer, audience, clock }), claim);
  return { clock, maker, source, judge, now: clock.epoch() / 1000 };
}

function hs256(claims: Record<string, unknown>, secret = SECRET): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(encodeText(secret));
}

/** RFC 7515 A.2 and A.3: key and token. */
const RFC = [
  [
    {
      kty: "RSA",
      n: "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
      e: "AQAB",
    },
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
  ],
  [
    {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    },
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
  ],
] as const;

Deno.test("the tokens of RFC 7515 are verified, and over in 2011", async () => {
  for (const [jwk, token] of RFC) {
    const clock = new FakeClock(1000, 1_300_000_000_000);
    const source = new FileKeys();
    await source.read(JSON.stringify({ keys: [jwk] }));
    const tokens = new Tokens({ secret: "", source, issuer: "joe", audience: "", clock });
    deepEqual(await tokens.check(token), {
      claims: { iss: "joe", exp: 1_300_819_380, "http://example.com/is_root": true },
    });
    clock.advance(900_000_000);
    deepEqual(await tokens.check(token), { wrong: "the token is over", isGuess: false });
    const wrong = token.slice(0, -3) + (token.endsWith("A") ? "BBB" : "AAA");
    deepEqual(await tokens.check(wrong), {
      wrong: "the token's signature is wrong",
      isGuess: true,
    });
  }
});

Deno.test("claims named after actions hold patterns of what a token allows", async () => {
  const { judge, maker } = await scene();
  const token = await maker.sign({ sub: "ann", play: ["cam/*", "film"], connect: "live/*" });
  equal(await judged(judge, token), "is ann");
  equal(await judged(judge, token, "play", "cam/1"), "is ann");
  equal(await judged(judge, token, "connect", "/Live/room"), "is ann");
  const denied = "the token does not allow";
  equal(await judged(judge, token, "play", "films"), denied);
  equal(await judged(judge, token, "publish"), denied);
  equal(await judged(judge, token, "files", "/live/a.txt"), denied);
  equal(await judged(judge, await maker.sign({ play: 1, publish: { film: true } })), denied);
  const held = await scene({ claim: "https://example.com/access" });
  const claims = { play: "*", "https://example.com/access": { publish: "*" } };
  equal(await judged(held.judge, await held.maker.sign(claims)), denied);
  equal(await judged(held.judge, await held.maker.sign(claims), "publish"), "is ");
});

Deno.test("a token is held to its time, its issuer and its audience", async () => {
  const { judge, maker, now, clock } = await scene({ issuer: "me", audience: "mona" });
  const good = { iss: "me", aud: ["mona", "other"], play: "*", exp: now + 60 };
  const token = await maker.sign(good);
  equal(await judged(judge, token), "is ");
  equal(
    await judged(judge, await maker.sign({ ...good, nbf: now + 120 })),
    "the token's nbf is not what is wanted",
  );
  equal(
    await judged(judge, await maker.sign({ ...good, iss: "you" })),
    "the token's iss is not what is wanted",
  );
  equal(
    await judged(judge, await maker.sign({ ...good, aud: "other" })),
    "the token's aud is not what is wanted",
  );
  clock.advance(89_000);
  equal(await judged(judge, token), "is ", "clocks may differ by half a minute");
  clock.advance(2_000);
  equal(await judged(judge, token), "the token is over", "though it was known");
});

Deno.test("what verifies a token is not for the token to say", async () => {
  const { judge, maker } = await scene();
  const claims = { play: "*" };
  const pem = encodeText(await maker.pem());
  const unsigned = () => new Uint8Array();
  const wrong: Record<string, string> = {
    "no algorithm": await forged({ alg: "none" }, claims, unsigned),
    "none in another case": await forged({ alg: "nOnE" }, claims, unsigned),
    "HS256 by the public key": await forged(
      { alg: "HS256", kid: "one" },
      claims,
      (text) => hmacSha256(pem, text),
    ),
    "another algorithm": await forged(
      { alg: "HS512" },
      claims,
      (text) => hmacSha256(encodeText(SECRET), text),
    ),
    "a key of its own": await new TokenMaker("ES256", "one").sign(claims, {
      jwk: await new TokenMaker("ES256", "x").jwk(),
    }),
    "a URL of its own": await new TokenMaker("ES256", "one").sign(claims, {
      jku: "http://127.0.0.1:1/jwks",
      x5u: "http://127.0.0.1:1/",
    }),
    "a path as kid": await forged(
      { alg: "HS256", kid: "../../dev/null" },
      claims,
      (text) => hmacSha256(new Uint8Array(), text),
    ),
    "a kid that is no text": await forged(
      { alg: "HS256", kid: 1 },
      claims,
      (text) => hmacSha256(encodeText(SECRET), text),
    ),
    "an unknown extension": await maker.sign(claims, { crit: ["x"], x: 1 }).catch(() =>
      forged({ alg: "ES256", crit: ["x"], x: 1 }, claims, unsigned)
    ),
    "the signature of another": (await maker.sign(claims)).replace(
      /[^.]+$/,
      (await maker.sign({ play: "a" })).split(".")[2] ?? "",
    ),
  };
  for (const [how, token] of Object.entries(wrong)) {
    match(
      await judged(judge, token),
      /^(the token is none|the token's signature is wrong|no key is known .*)$/,
      how,
    );
  }
  equal(await judged(judge, await hs256(claims)), "is ");
  const noSecret = await scene({ secret: "" });
  const empty = await forged(
    { alg: "HS256" },
    claims,
    (text) => hmacSha256(new Uint8Array(), text),
  );
  match(await judged(noSecret.judge, empty), /^no key is known/);
});

Deno.test("keys of a file are public ones for RS256 and ES256, in PEM or as a JWKS", async () => {
  const [rsa, ec] = [new TokenMaker("RS256", "r"), new TokenMaker("ES256", "e")];
  const algorithms = async (text: string) =>
    (await readTokenKeys(text)).map(({ kid, algorithm }) => `${kid} ${algorithm}`);
  deepEqual(await algorithms(await rsa.pem() + await ec.pem()), [
    "undefined RS256",
    "undefined ES256",
  ]);
  const others = [null, { kty: "oct", k: "AAAA" }, { ...await rsa.jwk(), alg: "RS512" }, {
    ...await ec.jwk(),
    use: "enc",
  }];
  const set = JSON.stringify({ keys: [...others, await rsa.jwk(), await ec.jwk()] });
  deepEqual(await algorithms(set), ["r RS256", "e ES256"]);
  const faults: [string, RegExp][] = [
    ["{", /neither PEM nor a JWKS/],
    ['{"keys":{}}', /no list of keys/],
    ['{"keys":[]}', /no public key/],
    ["-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", /private key/],
  ];
  for (const [text, fault] of faults) {
    match(await readTokenKeys(text).then(() => "", ({ message }) => message), fault, text);
  }
});

/** A JWKS on another server, which may be down. */
function remote() {
  const clock = new FakeClock();
  const log = new MemoryLog();
  const state = { text: "", isDown: false, fetches: 0 };
  const web = () => {
    state.fetches++;
    if (state.isDown) return Promise.reject(new Error("connection refused"));
    const body = encodeText(state.text);
    return Promise.resolve({ status: 200, headers: new Headers(), body });
  };
  const source = new RemoteKeys({ url: "https://host/jwks", web, clock, log });
  const tokens = new Tokens({ secret: "", source, issuer: "", audience: "", clock });
  return { clock, log, state, judge: new TokenJudge(tokens, "") };
}

Deno.test("a JWKS that rotates is fetched again for a key that is not known, but not too often", async () => {
  const { clock, state, judge } = remote();
  const [old, next] = [new TokenMaker("ES256", "old"), new TokenMaker("RS256", "next")];
  const [first, second] = [await old.sign({ play: "*" }), await next.sign({ play: "*" })];
  state.text = await jwksOf(old);
  equal(await judged(judge, first), "is ");
  equal(await judged(judge, first), "is ");
  equal(state.fetches, 1);
  state.text = await jwksOf(next);
  const unknown = "no key is known that the token could be signed by";
  equal(await judged(judge, second), unknown, "it was fetched a moment ago");
  clock.advance(10_000);
  equal(await judged(judge, second), "is ");
  equal(state.fetches, 2);
  equal(await judged(judge, first), unknown, "the key is gone, though its token was known");
  clock.advance(10_000);
  for (let kid = 0; kid < 20; kid++) {
    await judged(judge, await next.sign({ play: "*" }, { kid: `x${kid}` }));
  }
  equal(state.fetches, 3);
});

Deno.test("keys of a JWKS are kept while it is down, and renewed when they are old", async () => {
  const { clock, log, state, judge } = remote();
  const maker = new TokenMaker("ES256", "one");
  const token = await maker.sign({ play: "*" });
  state.isDown = true;
  match(await judged(judge, token), /^no key is known/);
  clock.advance(10_000);
  state.isDown = false;
  state.text = await jwksOf(maker);
  equal(await judged(judge, token), "is ");
  for (let hour = 0; hour < 3; hour++) {
    state.isDown = true;
    clock.advance(3_600_000);
    equal(await judged(judge, token), "is ");
  }
  state.isDown = false;
  clock.advance(10_000);
  equal(await judged(judge, token), "is ");
  await Promise.resolve();
  equal(state.fetches, 6);
  deepEqual(log.lines, [
    "ERROR the keys of tokens: connection refused; no token can be verified",
    "NOTE the keys of tokens can be fetched again",
    "ERROR the keys of tokens: connection refused; those that are known stay",
    "NOTE the keys of tokens can be fetched again",
  ]);
});
