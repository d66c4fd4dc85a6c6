import { gunzipSync } from "node:zlib";
import type { Later } from "../../src/base/mod.ts";
import {
  Client,
  type Handler,
  Hub,
  type HubOptions,
  openHandler,
  type Publication,
} from "../../src/hub/mod.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import {
  Hls,
  type HlsAnswer,
  type HlsSettings,
  hlsTarget,
  type SegmentStore,
} from "../../src/protocols/hls/mod.ts";
import { AAC, audio, AVC, stream, video } from "../media/mp4_scene.ts";
import { decided, settled } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";

export const HLS_SETTINGS: HlsSettings = {
  applications: "*",
  format: "mp4",
  segment: 2000,
  part: 400,
  count: 4,
  window: 0,
  memory: 256_000_000,
  maxSessions: 0,
};

export interface Shown {
  readonly status: number;
  readonly text: string;
  readonly bytes: number;
  readonly headers: ReadonlyMap<string, string>;
}

/** The body of an answer from memory. */
export function bodyOf({ body }: HlsAnswer): Uint8Array {
  if ("file" in body) throw new Error("the body is in a file");
  return Uint8Array.from(body.flatMap((piece) => [...piece]));
}

async function inMemory(answer: HlsAnswer): Promise<HlsAnswer> {
  if (!("file" in answer.body)) return answer;
  const { file, length } = answer.body;
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) at += await file.read(at, bytes.subarray(at));
  file.close();
  return { ...answer, body: [bytes] };
}

export function shown(answer: HlsAnswer): Shown {
  const { status, headers } = answer;
  const fields = new Map(headers);
  const whole = bodyOf(answer);
  const text = fields.get("content-encoding") === "gzip" ? gunzipSync(whole) : whole;
  return { status, text: new TextDecoder().decode(text), bytes: whole.length, headers: fields };
}

export interface Asked {
  readonly address?: string;
  readonly query?: string;
  readonly gzip?: boolean;
}

/** A hub with HLS, a clock that stands still, and publishers in its time. */
export class HlsScene {
  readonly clock = new FakeClock();
  readonly hub: Hub;
  readonly hls: Hls;

  constructor(
    settings: Partial<HlsSettings> = {},
    handler: Partial<Handler> = {},
    options: Partial<HubOptions> = {},
    store: (clock: FakeClock) => SegmentStore | undefined = () => undefined,
  ) {
    this.hub = new Hub({ ...options, clock: this.clock });
    this.hub.handler = { ...openHandler, ...handler };
    this.hls = new Hls(this.hub, { ...HLS_SETTINGS, ...settings }, store(this.clock));
  }

  publish(name = "film", hasVideo = true, path = "/live"): Publication {
    const client = new Client({
      protocol: "RTMP",
      address: "127.0.0.1:1",
      path,
      query: "",
      properties: new Map(),
    });
    const publication = decided(this.hub.publish(client, name, { close: () => {} }));
    if (hasVideo) publication.video(0, video(0, AVC).payload);
    publication.audio(0, audio(0, AAC).payload);
    publication.flush();
    return publication;
  }

  /** Sends messages at their times; the clock goes on from `start`, the time of the first, with them. */
  async send(publication: Publication, messages: readonly MediaMessage[]): Promise<void> {
    const start = messages[0]?.time ?? 0;
    const base = this.clock.now();
    for (const { kind, time, payload } of messages) {
      this.clock.advance(Math.max(0, base + time - start - this.clock.now()));
      if (kind === "video") publication.video(time, payload);
      else publication.audio(time, payload);
      publication.flush();
    }
    await settled();
  }

  /** Pictures and sound of that many milliseconds, from a time on, with a key frame each second. */
  run(publication: Publication, start: number, length: number, group = 25): Promise<void> {
    return this.send(publication, stream(start, length, { group }));
  }

  play(name = "film", { address = "127.0.0.1:9", query = "", gzip = false }: Asked = {}) {
    const info = () => ({
      protocol: "HTTP" as const,
      address,
      path: "/live",
      query,
      properties: new Map<string, string>(),
    });
    return this.hls.play({ isHead: false, query, takesGzip: gzip, name, client: info });
  }

  /** Plays a stream that runs: the path of its first playlist, below the application. */
  async playlist(name = "film", asked: Asked = {}): Promise<string> {
    const { text } = shown(await this.play(name, asked));
    return text.trim().split("\n").at(-1)!;
  }

  ask(path: string, { gzip = false }: Asked = {}): Later<HlsAnswer> {
    const target = hlsTarget(path);
    if (target === undefined) throw new Error(`${path} is no path of HLS`);
    return this.hls.answer(target, { isHead: false, takesGzip: gzip });
  }

  async get(path: string, asked: Asked = {}): Promise<Shown> {
    return shown(await inMemory(await this.ask(path, asked)));
  }
}

/** What a promise is now: its value, or "pending". */
export async function now<T>(value: Later<T>): Promise<T | "pending"> {
  await settled();
  return await Promise.race([value, Promise.resolve("pending" as const)]);
}

/** The lines of a playlist that begin so, without that. */
export function lines(text: string, start: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(start))
    .map((line) => line.slice(start.length));
}
