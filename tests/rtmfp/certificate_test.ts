import assert from "node:assert/strict";
import { encodeText, equalBytes } from "../../src/bytes/mod.ts";
import { Identity, readCertificate } from "../../src/protocols/rtmfp/startup/certificate.ts";
import {
  isSelected,
  readDiscriminator,
  writeDiscriminator,
} from "../../src/protocols/rtmfp/startup/endpoint_discriminator.ts";

Deno.test("our certificate is the 77 bytes that a widespread client expects", () => {
  const { certificate } = new Identity({ acceptsAncillaryData: true });
  const { bytes } = certificate;
  assert.equal(bytes.length, 77);
  assert.deepEqual([...bytes.subarray(0, 4)], [0x01, 0x0a, 0x41, 0x0e]);
  assert.deepEqual([...bytes.subarray(68)], [2, 0x15, 2, 2, 0x15, 14, 2, 0x15, 16]);
  assert.deepEqual([...certificate.groups], [2, 14, 16]);
});

Deno.test("a peer id covers the certificate through its first marker", () => {
  const base = [2, 0x15, 2, 0];
  const one = readCertificate(Uint8Array.from([...base, 1, 2, 3]));
  const other = readCertificate(Uint8Array.from([...base, 9]));
  assert(equalBytes(one.fingerprint, other.fingerprint));
  assert.throws(() => readCertificate(Uint8Array.from([1, 0x0a])), /neither or both/);
  assert.throws(
    () => readCertificate(Uint8Array.from([2, 0x15, 2, 3, 0x1d, 2, 7])),
    /neither or both/,
  );
});

Deno.test("discriminators select by fingerprint, hostname and URL", () => {
  const hostname = encodeText("mona");
  const owner = new Identity({ acceptsAncillaryData: true, hostname, groups: [2] }).certificate;
  const ancillaryData = encodeText("rtmfp://mona/");
  const fingerprint = owner.fingerprint;
  const selects = (epd: Parameters<typeof writeDiscriminator>[0]) =>
    isSelected(owner, readDiscriminator(writeDiscriminator(epd)));
  assert.equal(selects({ fingerprint }), true);
  assert.equal(selects({ fingerprint: new Uint8Array(32), ancillaryData }), false);
  assert.equal(selects({ ancillaryData }), true);
  assert.equal(selects({ ancillaryData, hostname }), true);
  assert.equal(selects({ hostname }), true);
  assert.equal(selects({ ancillaryData, hostname: encodeText("other") }), false);
  assert.equal(selects({}), false);
  assert.equal(isSelected({ ...owner, acceptsAncillaryData: false }, { ancillaryData }), false);
});
