import { type DataReader } from "../../src/codecs/mod.ts";
import {
  Client,
  Hub,
  type HubOptions,
  type ListenerSink,
  type PublisherSink,
} from "../../src/hub/mod.ts";
import { MediaMessage } from "../../src/media/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

export const NO_ARGS: DataReader = { more: false, read: () => 0 };
export const PUBLISHER: PublisherSink = { close: () => {} };

/** Tag bodies: AVC header, AVC key and inter frame, AAC header and frame. */
export const AVC_CONFIG = Uint8Array.of(0x17, 0, 0, 0, 0, 1);
export const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 2);
export const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 3);
export const AAC_CONFIG = Uint8Array.of(0xaf, 0, 0x12, 0x10);
export const SOUND = Uint8Array.of(0xaf, 1, 0x21);

export function setUp(
  options: Omit<HubOptions, "clock"> = {},
) {
  const clock = new FakeClock();
  const hub = new Hub({ clock, ...options });
  const connect = () => {
    const client = new Client({
      protocol: "RTMP",
      address: "127.0.0.1:5000",
      path: "",
      query: "",
      properties: new Map(),
    });
    hub.connect(client, NO_ARGS);
    return client;
  };
  return { clock, hub, connect };
}

export class CountingSink implements ListenerSink {
  woken = 0;
  overruns = 0;
  ready(): void {
    this.woken++;
  }
  overrun(): void {
    this.overruns++;
  }
  status(): void {}
}

/** What a listener would send now: kind and first payload bytes. */
export function drain(listener: { next(): MediaMessage | undefined }): string[] {
  const names = new Map<Uint8Array, string>([
    [AVC_CONFIG, "avc-config"],
    [KEY, "key"],
    [INTER, "inter"],
    [AAC_CONFIG, "aac-config"],
    [SOUND, "sound"],
  ]);
  const seen: string[] = [];
  for (let message = listener.next(); message !== undefined; message = listener.next()) {
    seen.push(names.get(message.payload) ?? (message.name || message.kind));
  }
  return seen;
}
