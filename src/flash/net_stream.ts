import { andThen, type Later } from "../base/mod.ts";
import { readValues, type Value } from "../codecs/mod.ts";
import type { Publication, PublishMode } from "../hub/mod.ts";
import type { StreamAddress } from "./address.ts";
import { type Command, commandMessage, statusInfo, statusMessage } from "./command.ts";
import { publishData } from "./media_data.ts";
import { StreamPlayer } from "./stream_player.ts";
import { type StreamHost, StreamReplies } from "./stream_replies.ts";
import { UserEvent } from "./user_control.ts";

/** What a stream needs of its connection to publish, too. */
export interface PublisherHost extends StreamHost {
  /** Ends what the client publishes under a name on another of its streams. */
  unpublishElsewhere(name: string, here: NetStream): void;
}

/** One NetStream: it publishes, or plays, or does nothing yet. */
export class NetStream {
  readonly id: number;
  readonly #host: PublisherHost;
  #publication: Publication | undefined;
  /** The stream that the client named, whatever the publication is called, and its own words. */
  #name = "";
  #asked = "";
  /** As it asked for. */
  #isRecorded = false;
  readonly #replies: StreamReplies;
  readonly #player: StreamPlayer;

  constructor(host: PublisherHost, id: number) {
    this.#host = host;
    this.id = id;
    this.#replies = new StreamReplies(host, id);
    this.#player = new StreamPlayer(host, id, this.#replies, () => this.close(true));
  }

  /** What it publishes: the name of the stream, and the client's words for it. */
  get published(): { readonly name: string; readonly asked: string } | undefined {
    return this.#publication && { name: this.#name, asked: this.#asked };
  }

  /** What it plays. */
  get player(): StreamPlayer {
    return this.#player;
  }

  get isPublishing(): boolean {
    return this.#publication !== undefined;
  }

  /** A command of {@link isStreamCommand}; over when the application has decided. */
  command(command: Command): Later<void> {
    return COMMANDS[command.name]?.(this, readValues(command.args, 4));
  }

  /** @param latency milliseconds that a message takes to the client */
  sample(latency: number): void {
    this.#player.sample(latency);
  }

  /** The client tells how much it wants to have in advance, in milliseconds. */
  set bufferTime(time: number) {
    this.#player.bufferTime = time;
  }

  audio(time: number, payload: Uint8Array, lost = 0): void {
    this.#publication?.audio(time, payload, lost);
  }

  video(time: number, payload: Uint8Array, lost = 0): void {
    this.#publication?.video(time, payload, lost);
  }

  /** A data message: of the publication, or what sets and clears its metadata. */
  data(payload: Uint8Array): void {
    if (this.#publication !== undefined) publishData(this.#publication, payload);
  }

  /** The end of a batch of input: listeners are told. */
  flush(): void {
    this.#publication?.flush();
  }

  /** Stops what it does; `tell` the client, when its side of the stream is still there. */
  close(tell: boolean): void {
    this.#replies.cancel();
    this.#stopPublishing(tell);
    this.#player.close(tell);
  }

  publish(target: Value, type: Value): Later<void> {
    this.close(true);
    if (target === false) return;
    const mode = (typeof type === "string" ? MODES[type] : undefined) ?? "live";
    return andThen(
      this.#replies.attempt(
        "Publish.BadName",
        target,
        (address) => this.#publish(address, String(target), mode),
      ),
      (isAccepted) => isAccepted ? undefined : this.#dismissTool(),
    );
  }

  #publish(
    { name, parameters }: StreamAddress,
    asked: string,
    mode: PublishMode,
  ): Later<void> {
    const { hub, client, output } = this.#host;
    // An encoder that goes on, on a new stream, has not always ended the old one.
    this.#host.unpublishElsewhere(name, this);
    const isWanted = this.#replies.begin();
    let publication: Publication | undefined;
    const sink = {
      close: (code: string | undefined, text: string) =>
        this.#closePublication(publication, code, text),
      probe: () => output.probe?.(),
    };
    return andThen(hub.publish(client, name, sink, { parameters, mode }), (accepted) => {
      if (!isWanted()) return hub.unpublish(accepted);
      this.#publication = publication = accepted;
      this.#name = name;
      this.#asked = asked;
      this.#replies.control(UserEvent.streamBegin);
      this.#replies.status("NetStream.Publish.Start", `${name} is now published`, name);
      if (mode === "live") return;
      this.#isRecorded = hub.recordings.isRecorded(accepted);
      if (this.#isRecorded) {
        this.#replies.status("NetStream.Record.Start", `${name} is recorded`, name);
      } else {
        const description = `${name} may not be recorded, it is live only`;
        this.#replies.inform({ level: "error", code: "NetStream.Record.NoAccess", description });
      }
    });
  }

  /** OBS knows few codes of failure: after another one it waits, or sends on, until it is cut. */
  #dismissTool(): void {
    if (this.#host.isTool) this.#host.output.end();
  }

  #closePublication(
    publication: Publication | undefined,
    code: string | undefined,
    description: string,
  ): void {
    if (publication === undefined || this.#publication !== publication) return;
    const { amf3 } = this.#host;
    if (code !== undefined) {
      this.#replies.send(statusMessage(amf3, statusInfo(`NetStream.${code}`, description)));
    }
    this.#stopPublishing(true);
    this.#replies.send(commandMessage(amf3, "close", 0));
    this.#dismissTool();
  }

  #stopPublishing(tell: boolean): void {
    const publication = this.#publication;
    if (publication === undefined) return;
    this.#publication = undefined;
    this.#host.hub.unpublish(publication);
    const name = this.#name;
    if (tell && this.#isRecorded) {
      this.#replies.status("NetStream.Record.Stop", `${name} is recorded no longer`, name);
    }
    this.#isRecorded = false;
    if (tell) {
      this.#replies.status("NetStream.Unpublish.Success", `${name} is now unpublished`, name);
    }
  }
}

/** How a client may publish, other than live. */
const MODES: Readonly<Record<string, PublishMode | undefined>> = Object.assign(
  Object.create(null),
  { record: "record", append: "append", appendWithGap: "append" } satisfies Record<
    string,
    PublishMode
  >,
);

/** NetStream's methods as they cross the wire (RTMP §7.2.2), by name. */
const COMMANDS: Readonly<
  Record<string, ((stream: NetStream, args: readonly Value[]) => Later<void>) | undefined>
> = Object.assign(
  Object.create(null),
  {
    publish: (stream, [name, type]) => stream.publish(name, type),
    play: (stream, [name, start, length, reset]) => stream.player.play(name, start, length, reset),
    play2: (stream, [options]) => stream.player.play2(options),
    closeStream: (stream) => stream.close(true),
    pause: (stream, [flag, time]) => stream.player.pause(flag === true, time),
    pauseRaw: (stream, [flag, time]) => stream.player.pause(flag === true, time),
    seek: (stream, [time]) => stream.player.seek(time),
    receiveAudio: (stream, [flag]) => stream.player.receiveAudio(flag ?? null),
    receiveVideo: (stream, [flag]) => stream.player.receiveVideo(flag ?? null),
    receiveVideoFPS: (stream, [rate]) => stream.player.receiveVideo(rate ?? null),
  } satisfies Record<string, (stream: NetStream, args: readonly Value[]) => Later<void>>,
);

/** True for a command that means something on a stream only. */
export function isStreamCommand(name: string): boolean {
  return COMMANDS[name] !== undefined;
}
