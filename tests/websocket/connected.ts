import { ValueReader } from "../../src/codecs/mod.ts";
import { Client, type Handler, Hub, openHandler } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSocketSession } from "../../src/protocols/websocket/session.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";

export const newClient = () =>
  new Client({
    protocol: "WebSocket",
    address: "127.0.0.1:1",
    path: "",
    query: "",
    properties: new Map(),
  });

/** Text frames of up to 64 KB that a session has sent. */
export class Texts {
  readonly texts: unknown[] = [];
  isEnded = false;
  readonly wake = () => {};
  readonly isBusy = false;
  readonly written = 0;
  send(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      let size = bytes[at + 1]!;
      if (size === 126) size = bytes[at + 2]! << 8 | bytes[at + 3]!;
      if (size > 125) at += 2;
      const body = bytes.subarray(at + 2, at + 2 + size);
      const opcode = bytes[size > 125 ? at - 2 : at];
      if (opcode === 0x81) this.texts.push(JSON.parse(new TextDecoder().decode(body)));
      at += 2 + size;
    }
  }
  attach(): void {}
  detach(): void {}
  end(): void {
    this.isEnded = true;
  }
  abort(): void {}
}

/** A socket whose client is connected, by a hub with some of its handler scripted. */
export function connected(handler: Partial<Handler>) {
  const hub = new Hub({ clock: new FakeClock() });
  hub.handler = { ...openHandler, ...handler };
  const client = newClient();
  const output = new Texts();
  const session = new WebSocketSession({
    hub,
    client,
    outbox: output as never,
    settings: SOCKET_SETTINGS,
    log: silentLog,
  });
  hub.connect(client, new ValueReader([]));
  session.open();
  const raw = (text: string) => {
    const payload = new TextEncoder().encode(text);
    const { length } = payload;
    const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 0xff];
    session.onData(Uint8Array.of(0x81, ...size, 0, 0, 0, 0, ...payload));
  };
  const say = (value: unknown) => raw(JSON.stringify(value));
  return { hub, client, session, say, raw, output, texts: output.texts };
}
