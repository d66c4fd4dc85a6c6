import assert from "node:assert/strict";
import { getDiffieHellman } from "node:crypto";
import { fromHex, hex } from "../../src/bytes/mod.ts";
import {
  DiffieHellman,
  isDiffieHellmanGroup,
  plainEngine,
  useCryptoEngine,
} from "../../src/crypto/mod.ts";
import { engines } from "./engines.ts";

function withoutLeadingZeros(bytes: Uint8Array): string {
  return hex(bytes).replace(/^(00)+/, "");
}

for (const [name, engine] of engines) {
  const withEngine = (run: () => void) => {
    return () => {
      useCryptoEngine(engine);
      try {
        run();
      } finally {
        useCryptoEngine(plainEngine);
      }
    };
  };
  Deno.test(
    `${name}: both sides agree with node:crypto's implementation in groups 2 and 14`,
    withEngine(() => {
      for (const [group, name, length] of [[2, "modp2", 128], [14, "modp14", 256]] as const) {
        const ours = new DiffieHellman(group);
        const theirs = getDiffieHellman(name);
        theirs.generateKeys();
        assert.equal(ours.publicKey.length, length);
        assert.equal(
          hex(ours.sharedSecret(theirs.getPublicKey()) ?? new Uint8Array(0)),
          withoutLeadingZeros(theirs.computeSecret(ours.publicKey)),
        );
      }
    }),
  );

  Deno.test(
    `${name}: two of ours agree in group 16`,
    withEngine(() => {
      const one = new DiffieHellman(16);
      const other = new DiffieHellman(16);
      assert.equal(one.publicKey.length, 512);
      assert.deepEqual(one.sharedSecret(other.publicKey), other.sharedSecret(one.publicKey));
      assert.notDeepEqual(one.publicKey, other.publicKey);
    }),
  );

  Deno.test(
    `${name}: a public key that gives the secret away is refused`,
    withEngine(() => {
      const dh = new DiffieHellman(2);
      const prime = getDiffieHellman("modp2").getPrime();
      const nearPrime = Uint8Array.from(prime);
      nearPrime[127]! -= 1;
      for (
        const key of [new Uint8Array(0), new Uint8Array(128), fromHex("01"), fromHex("02"), prime]
      ) {
        assert.equal(dh.sharedSecret(key ?? assert.fail()), undefined);
      }
      assert.equal(dh.sharedSecret(nearPrime), undefined);
      assert.equal(dh.sharedSecret(new Uint8Array(129).fill(1)), undefined);
    }),
  );

  Deno.test(
    `${name}: the secret has no leading zero byte`,
    withEngine(() => {
      const dh = new DiffieHellman(2);
      for (let i = 1; i < 400; i++) {
        const key = new Uint8Array(128).fill(i & 0xff);
        key[0] = i >> 8;
        const secret = dh.sharedSecret(key) ?? assert.fail();
        assert.notEqual(secret[0], 0);
      }
    }),
  );

  Deno.test(
    `${name}: only groups 2, 14 and 16 are known`,
    withEngine(() => {
      assert.deepEqual([1, 2, 5, 14, 15, 16, 17].filter(isDiffieHellmanGroup), [2, 14, 16]);
    }),
  );
}
