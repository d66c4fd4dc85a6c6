import { ByteWriter, decodeText } from "../../../src/bytes/mod.ts";
import { connected } from "../connection.ts";
import { anyName, FILM, frames, type Kind, pause, type Ports, random } from "../visit.ts";
import { ask } from "./http.ts";
import { ANSWER, call, entry, frame, hello, play, publish } from "./rtmp.ts";

const TYPE = "application/x-fcs";
/** Milliseconds between two questions for more. */
const POLL = 100;

/** RTMP through HTTP requests, all on one connection. */
class Tunnel {
  readonly #ask: (path: string, body: Uint8Array) => Promise<Uint8Array>;
  #id = "";
  #sequence = 0;

  constructor(ask: (path: string, body: Uint8Array) => Promise<Uint8Array>) {
    this.#ask = ask;
  }

  async open(): Promise<void> {
    this.#id = decodeText(await this.#ask("/open/1", Uint8Array.of(0))).trim();
    if (!/^[0-9a-f]{32}$/.test(this.#id)) throw new Error(`no tunnel, but ${this.#id}`);
  }

  send(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#say("send", bytes);
  }

  idle(): Promise<Uint8Array> {
    return this.#say("idle", Uint8Array.of(0));
  }

  close(): Promise<Uint8Array> {
    return this.#say("close", Uint8Array.of(0));
  }

  /** The answer's bytes, behind the one that says how long to wait. */
  async #say(what: string, body: Uint8Array): Promise<Uint8Array> {
    return (await this.#ask(`/${what}/${this.#id}/${this.#sequence++}`, body)).subarray(1);
  }
}

/** Half of those who open a tunnel close it; the others are not heard of again. */
function visit({ http, rtmp }: Ports, does: (tunnel: Tunnel) => Promise<void>): Promise<void> {
  return connected(http, async (connection) => {
    const tunnel = new Tunnel((path, body) => ask(connection, "POST", path, body, TYPE));
    await tunnel.open();
    const answer = new ByteWriter(4096).bytes(await tunnel.send(hello()));
    while (answer.length < ANSWER) answer.bytes(await tunnel.idle());
    await tunnel.send(entry(answer.take(), rtmp));
    await does(tunnel);
    if (random(2) === 0) await tunnel.close();
  });
}

function caller(ports: Ports): Promise<void> {
  return visit(ports, async (tunnel) => {
    for (let i = 0; i < 5; i++) await tunnel.send(call(i, "by a tunnel"));
    await tunnel.idle();
  });
}

function player(ports: Ports): Promise<void> {
  return visit(ports, async (tunnel) => {
    await tunnel.send(play(FILM));
    for (let i = 0; i < 20; i++) {
      await pause(POLL);
      await tunnel.idle();
    }
  });
}

function publisher(ports: Ports): Promise<void> {
  return visit(ports, async (tunnel) => {
    await tunnel.send(publish(anyName()));
    try {
      await frames(async (index) => void await tunnel.send(frame(index)));
    } catch {
      // Somebody else has the name, and the session is over.
    }
  });
}

export const rtmptKinds: readonly Kind[] = [
  { name: "RTMPT caller", share: 6, visit: caller },
  { name: "RTMPT player", share: 3, visit: player },
  { name: "RTMPT publisher", share: 1, visit: publisher },
];
