import { Amf0Reader, readValues } from "../../src/codecs/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import {
  Client,
  Hub,
  type Publication,
  type PublishMode,
  type RecordedFile,
} from "../../src/hub/mod.ts";
import { FlvReader } from "../../src/media/mod.ts";
import { readRecordRules, Recorder, type RecordSettings } from "../../src/recordings/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { decided } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { NO_ARGS, PUBLISHER } from "../hub/scene.ts";
import { MemoryStorage } from "./memory_storage.ts";

export { AAC_CONFIG, AVC_CONFIG, INTER, KEY, SOUND } from "../hub/scene.ts";

/** Tag bodies of a valid H.264 header, so that it is taken. */
export const AVC = Uint8Array.of(
  ...[0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x0c, 0xff, 0xe1, 0, 2, 0x67, 1, 1, 0, 2, 0x68, 2],
);

export const SETTINGS: RecordSettings = {
  path: "%app/%name/%Y-%m-%d_%H-%M-%S",
  maxTime: 3_600_000,
  maxSize: 0,
  minFree: 0,
  keepTime: 0,
  keepSize: 0,
  keepFree: 0,
};

/** A hub whose recordings go to a disk in memory. */
export class Scene {
  readonly clock = new FakeClock();
  readonly hub = new Hub({ clock: this.clock });
  readonly storage: MemoryStorage;
  readonly log = new CaptureLog("record");
  readonly recorder: Recorder;
  readonly recorded: RecordedFile[] = [];

  constructor(
    rules = "*=flv",
    settings: Partial<RecordSettings> = {},
    storage = new MemoryStorage(),
  ) {
    this.storage = storage;
    const { config } = loadConfig({ ini: { file: "my.ini", text: `[record]\n${rules}` } });
    this.recorder = new Recorder({
      hub: this.hub,
      storage: this.storage,
      clock: this.clock,
      log: this.log,
      folder: "/rec",
      www: "/www",
      rules: readRecordRules(config).rules,
      settings: { ...SETTINGS, ...settings },
    });
    this.hub.recordings = this.recorder;
    this.hub.observers.add({ onRecorded: (_publication, file) => void this.recorded.push(file) });
  }

  client(path = "/live"): Client {
    const client = new Client({
      protocol: "RTMP",
      address: "192.0.2.1:5000",
      path,
      query: "",
      properties: new Map(),
    });
    this.hub.connect(client, NO_ARGS);
    return client;
  }

  publish(name = "film", mode: PublishMode = "live", client = this.client()): Publication {
    return decided(this.hub.publish(client, name, PUBLISHER, { mode }));
  }

  /** Ends all; afterwards everything is on the disk. */
  async end(): Promise<void> {
    await this.recorder.close();
  }

  index(path: string): Record<string, unknown> {
    return JSON.parse(new TextDecoder().decode(this.storage.bytes(`${path}.json`)));
  }
}

/** What steps of promises there are is done. */
export async function settle(): Promise<void> {
  for (let step = 0; step < 1000; step++) await Promise.resolve();
}

/** Tags of an FLV as `kind time last-byte`, and the values of its metadata. */
export function readFlv(bytes: Uint8Array) {
  const tags: string[] = [];
  const metadata: unknown[] = [];
  const last = (body: Uint8Array) => body.at(-1);
  const reader = new FlvReader({
    audio: (time, body) => void tags.push(`audio ${time} ${last(body)}`),
    video: (time, body) => void tags.push(`video ${time} ${last(body)}`),
    data(time, name, values) {
      const [value] = readValues(new Amf0Reader(values), 1);
      if (name === "onMetaData") metadata.push(Object.fromEntries(value as Map<string, unknown>));
      else tags.push(`${name} ${time}`);
    },
  });
  reader.readTags(bytes);
  return { tags, metadata, isWhole: reader.atBoundary, flags: bytes[4] };
}
