import { andThen, type Later } from "../base/mod.ts";
import type { Container } from "../media/mod.ts";
import type { Client } from "./client.ts";
import type { Hub } from "./hub.ts";
import type { Listener, ListenerSink } from "./listener.ts";
import { CARRY_PATIENCE } from "./params.ts";
import type { Publication } from "./publication.ts";
import { Refusal } from "./refusal.ts";
import type { EncodedStream } from "./encoded_stream.ts";

/** Why a stream of media ends: its player does not keep up, or the publication says so. */
export type PlayerEnd = "overrun" | "stopped";

/** Who carries the bytes of a {@link ContainerPlayer}. */
export interface PlayerOutput {
  /** There is something to take. */
  ready(): void;
  /** Nothing comes any more; told once, unless the player is closed by its owner. */
  ended(end: PlayerEnd, reason: string): void;
}

/** What a client plays, in which form, and who carries it. */
export interface ContainerRequest {
  readonly client: Client;
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly container: Container;
  readonly output: PlayerOutput;
}

/** A client's subscription as one stream of bytes: the container's head, then the media. */
export class ContainerPlayer {
  readonly #hub: Hub;
  readonly #container: Container;
  readonly #output: PlayerOutput;
  readonly #listener: Listener;
  readonly #stream: EncodedStream;
  #isHeaded = false;
  /** Media that wait behind the head. */
  #first: Uint8Array | undefined;
  #isOver = false;
  /** Since when frames come of which nothing can be sent, and the time of the first of them. */
  #idle: { readonly since: number; readonly time: number } | undefined;

  /** Only {@link open} makes one. */
  private constructor(hub: Hub, listener: Listener, { container, output }: ContainerRequest) {
    this.#hub = hub;
    this.#container = container;
    this.#output = output;
    this.#listener = listener;
    const { publication, parameters } = listener;
    const encoder = container.encoder(parameters, publication.kinds);
    this.#stream = publication.stream(listener, encoder);
  }

  /**
   * Subscribes the client.
   * @throws Refusal, or rejects with it, also when the container carries none of the publication's
   * codecs
   */
  static open(hub: Hub, request: ContainerRequest): Later<ContainerPlayer> {
    const { client, name, parameters, container } = request;
    let player: ContainerPlayer | undefined;
    const tell = (run: (player: ContainerPlayer) => void) => {
      if (player !== undefined) run(player);
    };
    const sink: ListenerSink = {
      ready: () => tell((player) => player.#output.ready()),
      overrun: () => {
        client.endsBecause("behind", `does not keep up with ${name}`);
        tell((player) => player.#end("overrun", "the player does not keep up"));
      },
      status: (code, description) => tell((player) => player.#status(code, description)),
      recoded: () => tell((player) => player.#recoded()),
    };
    return andThen(hub.subscribe(client, name, sink, parameters), (listener) => {
      if (!carriesAny(container, listener.publication)) {
        hub.unsubscribe(listener);
        throw new Refusal("Play.Failed", misplaced(container, name), { reason: "missing" });
      }
      return player = new ContainerPlayer(hub, listener, request);
    });
  }

  /** True while {@link takeBytes} would probably find something. */
  get more(): boolean {
    return this.#first !== undefined || this.#stream.more;
  }

  /**
   * The next bytes, about `wanted` at most; undefined when there are none now. The head comes with
   * the first media, when it is known what kinds there are.
   */
  takeBytes(wanted: number): Uint8Array | undefined {
    const bytes = this.#first ?? this.#stream.takeBytes(wanted);
    this.#first = undefined;
    if (bytes === undefined) this.#idles();
    else this.#idle = undefined;
    if (bytes === undefined || this.#isHeaded) return bytes;
    this.#isHeaded = true;
    const head = this.#container.head?.(this.#listener.publication.kinds);
    if (head === undefined) return bytes;
    this.#first = bytes;
    return head;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.close();
    this.#hub.unsubscribe(this.#listener);
  }

  /** Only an end can be told: the media stop. */
  #status(code: string, description: string): void {
    if (/\.(Failed|Stop)$/.test(code)) this.#end("stopped", description);
  }

  #recoded(): void {
    const { publication } = this.#listener;
    if (carriesAny(this.#container, publication)) return;
    this.#end("stopped", misplaced(this.#container, publication.name));
  }

  /**
   * Frames come and none can be sent, which may change: parameter sets or sound may still come. A
   * player that gets no byte for {@link CARRY_PATIENCE} is ended.
   */
  #idles(): void {
    const { publication } = this.#listener;
    if (!this.#container.carries || this.#isOver) return;
    const time = publication.lastTime;
    const now = this.#hub.clock.now();
    if (!publication.isRunning) this.#idle = undefined;
    else if (publication.hasFrames) this.#idle ??= { since: now, time };
    if (this.#idle === undefined || time === this.#idle.time) return;
    if (now - this.#idle.since < CARRY_PATIENCE) return;
    this.#end("stopped", unreadable(this.#container, publication.name));
  }

  #end(end: PlayerEnd, reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#output.ended(end, reason);
  }
}

/** False when the container can carry nothing of a publication, as far as its codecs are known. */
function carriesAny({ carries }: Container, { kinds, samples }: Publication): boolean {
  if (!carries) return true;
  const known = [...samples];
  return (["audio", "video"] as const).some((kind) => {
    const those = known.filter((sample) => sample.kind === kind);
    return kinds[kind] && (those.length === 0 || those.some((sample) => carries(sample)));
  });
}

function unreadable(container: Container, name: string): string {
  return `nothing of ${name} could be sent as ${container.type} for ${CARRY_PATIENCE / 1000} s`;
}

function misplaced(container: Container, name: string): string {
  return `${name} has no codec that ${container.type} carries`;
}
