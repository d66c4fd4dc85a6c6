import { andThen, type Clock, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { QueryReader } from "../../codecs/mod.ts";
import {
  Client,
  type ClientInfo,
  CLOSED_WRITER,
  type FlowWriter,
  type Hub,
  type Listener,
} from "../../hub/mod.ts";
import { SESSION_TARGETS, SESSION_TIMEOUT } from "./params.ts";
import type { Rendition } from "./rendition.ts";
import type { HlsStream } from "./stream.ts";

/** Who plays what. */
export interface Play {
  readonly info: ClientInfo;
  /** The stream's name, as the client asks for it. */
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly isTransport: boolean;
}

export interface SessionOptions {
  readonly id: string;
  readonly play: Play;
  readonly hub: Hub;
  /** The segments of a publication. @throws Refusal */
  readonly open: (publication: string, isTransport: boolean) => HlsStream;
  /** It does not play any more; told once for each time that it did. */
  readonly onEnd: (session: Session) => void;
}

/**
 * A player: a client of the application and a listener of the publication, as long as it asks for
 * playlists and segments. Afterwards it may go on; the application is asked anew then.
 */
export class Session {
  readonly id: string;
  readonly play: Play;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #open: (publication: string, isTransport: boolean) => HlsStream;
  readonly #onEnd: (session: Session) => void;
  #client: Client | undefined;
  #listener: Listener | undefined;
  #stream: HlsStream | undefined;
  /** Its opening, while the application decides. */
  #opening: Promise<HlsStream> | undefined;
  #requests = 0;
  #newest = 0;

  constructor({ id, play, hub, open, onEnd }: SessionOptions) {
    this.id = id;
    this.play = play;
    this.#hub = hub;
    this.#clock = hub.clock;
    this.#open = open;
    this.#onEnd = onEnd;
  }

  /** What it plays; asks the application first when it does not yet. @throws Refusal, or rejects */
  stream(): Later<HlsStream> {
    this.#newest = this.#clock.now();
    if (this.#client !== undefined) this.#client.lastReception = this.#clock.epoch();
    if (this.#stream !== undefined) return this.#stream;
    if (this.#opening !== undefined) return this.#opening;
    const opened = this.#begin();
    if (!(opened instanceof Promise)) return opened;
    this.#opening = opened.finally(() => this.#opening = undefined);
    return this.#opening;
  }

  /** A request of its own is under way until what it gives is called. */
  request(): () => void {
    this.#requests++;
    return () => {
      this.#requests--;
      this.#newest = this.#clock.now();
    };
  }

  /** It was sent media of a rendition. */
  sent(rendition: Rendition, bytes: number): void {
    if (this.#listener === undefined) return;
    const isVideo = rendition.tracks.some(({ kind }) => kind === "video");
    (isVideo ? this.#listener.videoQos : this.#listener.audioQos).add(bytes);
  }

  /** Ends it when it has asked for nothing for long. */
  sweep(now: number): void {
    if (this.#requests > 0 || this.#opening !== undefined) return;
    const target = this.#stream?.ready[0]?.targetDuration ?? 0;
    if (now - this.#newest > Math.max(SESSION_TIMEOUT, target * 1000 * SESSION_TARGETS)) this.end();
  }

  end(): void {
    const [client, listener, stream] = [this.#client, this.#listener, this.#stream];
    this.#client = this.#listener = this.#stream = undefined;
    if (client === undefined) return;
    if (listener !== undefined) this.#hub.unsubscribe(listener);
    this.#hub.disconnect(client);
    stream?.leave();
    this.#onEnd(this);
  }

  #begin(): Later<HlsStream> {
    const { info, name, parameters, isTransport } = this.play;
    const client = this.#client = new Client(info);
    client.writer = writerThat(() => this.end());
    const isHere = () => this.#client === client;
    const fail = (error: unknown): never => {
      if (isHere()) this.end();
      throw error;
    };
    const run = (): Later<HlsStream> =>
      andThen(this.#hub.connect(client, new QueryReader(encodeText(info.query))), () => {
        const sink = {
          ready: () => {},
          overrun: () => {},
          status: (code: string) => {
            if (isHere() && /\.(Failed|Stop)$/.test(code)) this.end();
          },
        };
        return andThen(this.#hub.subscribe(client, name, sink, parameters), (listener) => {
          listener.detach();
          if (!isHere()) throw new Error("the session ended while its application decided");
          this.#listener = listener;
          const stream = this.#open(listener.publication.name, isTransport);
          stream.use();
          return this.#stream = stream;
        });
      });
    try {
      const opened = run();
      return opened instanceof Promise ? opened.catch(fail) : opened;
    } catch (error) {
      return fail(error);
    }
  }
}

/** A player takes no messages; a script can close it. */
function writerThat(close: () => void): FlowWriter {
  let isClosed = false;
  const writer: FlowWriter = {
    ...CLOSED_WRITER,
    reliable: true,
    get isClosed() {
      return isClosed;
    },
    newFlowWriter: () => writer,
    close() {
      if (isClosed) return;
      isClosed = true;
      close();
    },
  };
  return writer;
}
