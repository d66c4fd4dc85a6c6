import { equal } from "node:assert/strict";
import { fromHex, hex } from "../../src/bytes/mod.ts";
import { encodeData } from "../../src/flash/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { fakeHub, FlashPeer } from "../support/flash_peer.ts";

/** "onCue" in AMF0. */
const NAME = "02" + "0005" + "6f6e437565";
/** `{a: 5}` behind its marker, in AMF0, and the same with the class T in AMF3. */
const A5 = "000161" + "004014000000000000" + "000009";

/**
 * What `NetStream.send("onCue", value)` of a movie sends, by AMF0 §2 and AMF3 §3, and what players
 * of object encoding 0 and 3 get. AMF3 stands behind the marker 0x11; plain values need none.
 */
const VALUES: [what: string, sent: string, amf0: string, amf3: string][] = [
  ["undefined", "1100", "06", "06"],
  ["null", "1101", "05", "05"],
  ["false", "1102", "0100", "0100"],
  ["true", "1103", "0101", "0101"],
  ["an int", "110405", "004014000000000000", "004014000000000000"],
  ["a double", "11053ff8000000000000", "003ff8000000000000", "003ff8000000000000"],
  ["a string", "110605c3a9", "020002c3a9", "020002c3a9"],
  ["a long string", "0c0000000161", "02000161", "02000161"],
  ["a date", "1108010000000000000000", "0b00000000000000000000", "1108010000000000000000"],
  ["a list", "110903010405", "0a00000001" + "004014000000000000", "110903010405"],
  ["an array with names", "1109010361040501", "0800000001" + A5, "1109010361040501"],
  ["an object", "110a0b010361040501", "03" + A5, "110a0b010361040501"],
  ["an object of a class", "110a0b03540361040501", "10" + "000154" + A5, "110a0b03540361040501"],
  ["XML", "110b093c612f3e", "0f000000043c612f3e", "110b093c612f3e"],
  ["an XMLDocument", "1107093c612f3e", "0f000000043c612f3e", "1107093c612f3e"],
  ["a ByteArray", "110c050102", "0200020102", "110c050102"],
  ["a Vector of int", "110d030000000005", "0a00000001" + "004014000000000000", "110d030000000005"],
  ["a Vector of uint", "110e030000000005", "0a00000001" + "004014000000000000", "110e030000000005"],
  [
    "a Vector of Number",
    "110f03003ff8000000000000",
    "0a00000001" + "003ff8000000000000",
    "110f03003ff8000000000000",
  ],
  ["a Vector of objects", "11100300010405", "0a00000001" + "004014000000000000", "11100300010405"],
  [
    "a Dictionary",
    "111103000603610405",
    "0a00000002" + "02000161" + "004014000000000000",
    "111103000603610405",
  ],
  [
    "an object twice",
    "110905010a0b0103610405010a02",
    "0a00000002" + "03" + A5 + "070001",
    "110905010a0b0103610405010a02",
  ],
  ["an object in AMF0", "03" + A5, "03" + A5, "110a0b010361040501"],
  ["a date in AMF0", "0b00000000000000000000", "0b00000000000000000000", "1108010000000000000000"],
  ["a list in AMF0", "0a00000001" + "0101", "0a00000001" + "0101", "1109030103"],
  ["what AMF0 does not support", "0d", "06", "06"],
];

for (const [what, sent, amf0, amf3] of VALUES) {
  Deno.test(`${what} that a publisher sends reaches players of both encodings`, () => {
    const { hub } = fakeHub();
    const publisher = new FlashPeer(hub);
    const source = publisher.ready({ objectEncoding: 3 });
    publisher.command(source, "publish", "test");
    const player = new FlashPeer(hub);
    player.command(player.ready(), "play", "test");
    player.takeMedia();
    publisher.message(source, { type: 15, payload: fromHex("00" + NAME + sent)! });
    const heard = player.takeMedia().map(([, message]) => message);
    const payload = (amf3: boolean) => hex(encodeData(heard.at(-1) as MediaMessage, amf3).payload);
    equal(heard.length, 1);
    equal(payload(false), NAME + amf0);
    equal(payload(true), "00" + NAME + amf3);
  });
}
