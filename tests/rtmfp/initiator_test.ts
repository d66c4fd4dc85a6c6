import assert from "node:assert/strict";
import { ByteReader, ByteWriter, encodeText, hex } from "../../src/bytes/mod.ts";
import { DEFAULT_KEY } from "../../src/protocols/rtmfp/params.ts";
import { Identity } from "../../src/protocols/rtmfp/startup/certificate.ts";
import { defaultKey } from "../../src/protocols/rtmfp/startup/session_key.ts";
import { Chunk, nextChunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { Mode, readPacketHeader } from "../../src/protocols/rtmfp/wire/packet.ts";
import {
  readInitiatorHello,
  readInitiatorKeying,
  writeCookieChange,
  writeResponderHello,
} from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import { sealed } from "./sealing.ts";
import { Simulation } from "./simulation.ts";

const address = { host: "198.51.100.66", port: 1935 };

/** A responder that answers hellos and keyings as a test says, and never with keys. */
class ScriptedResponder {
  readonly simulation = new Simulation();
  readonly key = defaultKey(encodeText(DEFAULT_KEY));
  readonly identity = new Identity({ acceptsAncillaryData: true, groups: [2] });
  /** Cookies of the keyings that came, in hexadecimal. */
  readonly cookies: string[] = [];
  /** Cookie changes to answer with, one for each keying: old and new, in bytes. */
  readonly changes: [old: Uint8Array, fresh: Uint8Array][] = [];
  hellos = 0;
  readonly #node = this.simulation.link.attach(address, (datagram) => this.#answer(datagram));

  /** Lets the client look for the owner of a certificate at this address, for some seconds. */
  lookedFor(fingerprint: Uint8Array): void {
    this.simulation.client.open({
      discriminator: { fingerprint },
      addresses: [address],
      onOpen: () => assert.fail("there was no key to open with"),
    });
    this.simulation.clock.advance(20_000);
    this.simulation.close();
  }

  #answer(datagram: Uint8Array): void {
    const input = this.key.open(datagram);
    readPacketHeader(input);
    const chunk = { type: 0, end: 0 };
    assert(nextChunk(input, chunk));
    const payload = new ByteReader(input.bytes, input.offset, chunk.end);
    if (chunk.type === Chunk.initiatorHello) {
      this.hellos++;
      const { tag } = readInitiatorHello(payload);
      const certificate = this.identity.certificate.bytes;
      const cookie = new Uint8Array(64).fill(1);
      this.#send(0, (output) => writeResponderHello(output, { tag, cookie, certificate }));
    } else {
      const { cookie, sessionId } = readInitiatorKeying(payload);
      this.cookies.push(hex(cookie.subarray(0, 1)));
      const change = this.changes.shift();
      if (!change) return;
      const [oldCookie, newCookie] = change;
      this.#send(sessionId, (output) => writeCookieChange(output, { oldCookie, newCookie }));
    }
  }

  #send(sessionId: number, write: (output: ByteWriter) => void): void {
    const output = new ByteWriter();
    output.u8(Mode.startup);
    write(output);
    this.#node.send(
      sealed(this.key, output.view(), sessionId),
      this.simulation.clientNode.address,
    );
  }
}

Deno.test("an initiator goes on only with whom it looked for", () => {
  const wanted = new ScriptedResponder();
  wanted.lookedFor(wanted.identity.certificate.fingerprint);
  assert(wanted.cookies.length > 1, `${wanted.cookies}`);
  assert.equal(wanted.hellos, 1);
  const impostor = new ScriptedResponder();
  impostor.lookedFor(new Uint8Array(32).fill(7));
  assert.deepEqual(impostor.cookies, []);
  assert(impostor.hellos > 1);
});

Deno.test("an initiator changes its cookie once, and only for the one that it used", () => {
  const cookie = (byte: number) => new Uint8Array(64).fill(byte);
  const responder = new ScriptedResponder();
  responder.changes.push([cookie(9), cookie(2)], [cookie(1), cookie(3)], [cookie(3), cookie(4)]);
  responder.lookedFor(responder.identity.certificate.fingerprint);
  assert.deepEqual(responder.cookies.slice(0, 3), ["01", "01", "03"]);
  assert(responder.cookies.slice(2).every((text) => text === "03"), `${responder.cookies}`);
});
