import { andThen, type Later, orElse } from "../base/mod.ts";
import { readValues, type Value } from "../codecs/mod.ts";
import {
  type Client,
  type Hub,
  type Listener,
  type Publication,
  type PublishMode,
  Refusal,
} from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { StreamAddress } from "./address.ts";
import {
  type Command,
  commandMessage,
  type FlashMessage,
  type StatusInfo,
  statusInfo,
  statusMessage,
} from "./command.ts";
import { namedValues } from "./connect.ts";
import { publishData, sampleAccess, transitionComplete } from "./media_data.ts";
import { MessageType } from "./message_type.ts";
import type { Delivery, FlashOutput } from "./output.ts";
import { CONGESTED_BACKLOG } from "./params.ts";
import { Switchover } from "./switchover.ts";
import { encodeUserControl, UserEvent } from "./user_control.ts";

/** What a stream needs of its connection. */
export interface StreamHost {
  readonly hub: Hub;
  readonly client: Client;
  readonly amf3: boolean;
  /** The client has one stream, and no use for its connection without it. */
  readonly isTool: boolean;
  readonly output: FlashOutput;
  readonly log: Log;
  /** The connection is over, be it that a script has closed it while it was asked. */
  readonly closed: boolean;
  /**
   * The publication's name and parameters of what a client calls a stream.
   * @throws Refusal when the client named an application that does not exist
   */
  address(text: string): StreamAddress;
  /** Ends what the client publishes under a name on another of its streams. */
  unpublishElsewhere(name: string, here: NetStream): void;
}

/** `play` with this start asks for media without waiting for what was lost. */
const UNRELIABLE_START = -3;

/** One NetStream: it publishes, or plays, or does nothing yet. */
export class NetStream {
  readonly id: number;
  readonly #host: StreamHost;
  #publication: Publication | undefined;
  /** The stream that the client named, whatever the publication is called, and its own words. */
  #name = "";
  #asked = "";
  /** As it asked for. */
  #isRecorded = false;
  #listener: Listener | undefined;
  #delivery: Delivery | undefined;
  #isReliable = true;
  /** What it plays next. */
  #switchover: Switchover | undefined;
  /** What the application decides about now; another one when the stream was closed meanwhile. */
  #request: object | undefined;

  constructor(host: StreamHost, id: number) {
    this.#host = host;
    this.id = id;
  }

  /** What it publishes: the name of the stream, and the client's words for it. */
  get published(): { readonly name: string; readonly asked: string } | undefined {
    return this.#publication && { name: this.#name, asked: this.#asked };
  }

  get isPublishing(): boolean {
    return this.#publication !== undefined;
  }

  /** A command of {@link isStreamCommand}; over when the application has decided. */
  command(command: Command): Later<void> {
    return COMMANDS[command.name]?.(this, readValues(command.args, 4));
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

  /** @param latency milliseconds that a message takes to the client */
  sample(latency: number): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const congestion = Math.min(1, listener.backlog / CONGESTED_BACKLOG);
    for (const qos of [listener.audioQos, listener.videoQos, listener.dataQos]) {
      qos.latency = latency;
      qos.congestionRate = congestion;
    }
  }

  /** Stops what it does; `tell` the client, when its side of the stream is still there. */
  close(tell: boolean): void {
    this.#request = undefined;
    this.#stopPublishing(tell);
    this.#stopPlaying(tell);
  }

  publish(target: Value, type: Value): Later<void> {
    this.close(true);
    if (target === false) return;
    const mode = type === "record" || type === "append" ? type : "live";
    return andThen(
      this.#attempt(
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
    const isWanted = this.#begin();
    let publication: Publication | undefined;
    const sink = {
      close: (code: string | undefined, text: string) =>
        this.#closePublication(publication, code, text),
      probe: () => output.probe?.(),
    };
    return andThen(hub.publish(client, name, sink, parameters, mode), (accepted) => {
      if (!isWanted()) return hub.unpublish(accepted);
      this.#publication = publication = accepted;
      this.#name = name;
      this.#asked = asked;
      this.#control(UserEvent.streamBegin);
      this.#status("NetStream.Publish.Start", `${name} is now published`, name);
      if (mode === "live") return;
      this.#isRecorded = hub.recordings.isRecorded(accepted);
      if (this.#isRecorded) {
        this.#status("NetStream.Record.Start", `${name} is recorded`, name);
      } else {
        const description = `${name} may not be recorded, it is live only`;
        this.#inform({ level: "error", code: "NetStream.Record.NoAccess", description });
      }
    });
  }

  play(target: Value, start: Value): Later<void> {
    this.close(true);
    if (target === false) return;
    const attempt = this.#attempt("Play.Failed", target, ({ name, parameters }) => {
      const { hub, client } = this.#host;
      const isWanted = this.#begin();
      const sink = { ...this.#sink(name), ready: () => {} };
      return andThen(hub.subscribe(client, name, sink, parameters), (listener) => {
        if (!isWanted()) return hub.unsubscribe(listener);
        this.#isReliable = start !== UNRELIABLE_START && parameters.get("unbuffered") !== "true";
        sink.ready = this.#play(listener);
      });
    });
    return andThen(attempt, () => {});
  }

  /** Returns what is to be told when the listener has something to take. */
  #play(listener: Listener): () => void {
    const { output, amf3 } = this.#host;
    const { localName: name } = listener.publication;
    this.#listener = listener;
    this.#control(UserEvent.streamBegin);
    this.#status("NetStream.Play.Reset", `Playing and resetting ${name}`, name);
    this.#status("NetStream.Play.Start", `Started playing ${name}`, name);
    this.#send(sampleAccess(listener.audioSampleAccess, listener.videoSampleAccess));
    this.#delivery = output.deliver(this.id, listener, { amf3, reliable: this.#isReliable });
    return this.#delivery.ready;
  }

  /** Goes on with another live stream, at its next key frame (ActionScript's NetStream.play2). */
  play2(options: Value): Later<void> {
    const { streamName = null, transition = "switch" } = Object.fromEntries(namedValues(options));
    const isSwitch = transition === "switch" || transition === "swap";
    if (transition === "reset" || (isSwitch && this.#listener === undefined)) {
      return this.play(streamName, undefined);
    }
    const attempt = this.#attempt("Play.Failed", streamName, ({ name, parameters }) => {
      if (!isSwitch) {
        throw new Refusal("Play.Failed", `a live stream has no ${String(transition)}, only switch`);
      }
      const { hub, client } = this.#host;
      this.#switchover?.cancel();
      const isWanted = this.#begin();
      const next = new Switchover(hub, this.#sink(name), (listener) => {
        next.ready = this.#take(listener);
      });
      return andThen(next.open(client, name, parameters), () => {
        if (!isWanted()) return next.cancel();
        this.#switchover = next;
        const details = { details: name, reason: "NetStream.Transition.Success" };
        const description = `Switching to ${name}`;
        const code = "NetStream.Play.Transition";
        this.#inform({ level: "status", code, description, ...details });
      });
    });
    return andThen(attempt, () => {});
  }

  /** A request begins; the function tells later whether the stream and its client still want it. */
  #begin(): () => boolean {
    const request = this.#request = {};
    return () => this.#request === request && !this.#host.closed;
  }

  /** The listener takes the place of the one there is. */
  #take(listener: Listener): () => void {
    const { hub, output, amf3 } = this.#host;
    const old = this.#listener;
    this.#switchover = undefined;
    this.#delivery?.close();
    if (old !== undefined) hub.unsubscribe(old);
    this.#listener = listener;
    this.#delivery = output.deliver(this.id, listener, { amf3, reliable: this.#isReliable });
    this.#send(transitionComplete(amf3, listener.publication.localName));
    return this.#delivery.ready;
  }

  #sink(name: string) {
    const { output, client, amf3 } = this.#host;
    return {
      overrun: () => {
        const reason = `does not keep up with ${name}`;
        client.endsBecause("behind", reason);
        output.abort(reason);
      },
      status: (code: string, text: string) =>
        this.#send(statusMessage(amf3, statusInfo(`NetStream.${code}`, text))),
      end: () => this.close(true),
    };
  }

  pause(paused: boolean): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    listener.paused = paused;
    const { localName: name } = listener.publication;
    if (paused) this.#status("NetStream.Pause.Notify", `${name} is paused`, name);
    else this.#status("NetStream.Unpause.Notify", `${name} goes on`, name);
  }

  /** A live stream has one place to seek to: now. The client empties its buffer. */
  seek(time: Value): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    const { localName: name } = listener.publication;
    const place = typeof time === "number" ? time : 0;
    listener.awaitKey();
    this.#status("NetStream.Seek.Notify", `Seeking ${place} (stream ID: ${this.id}).`, name);
  }

  receiveAudio(flag: boolean): void {
    if (this.#listener === undefined) return;
    const isBack = flag && !this.#listener.receiveAudio;
    this.#listener.receiveAudio = flag;
    if (isBack) this.#resume(this.#listener);
  }

  receiveVideo(flag: boolean): void {
    if (this.#listener === undefined) return;
    const isBack = flag && !this.#listener.receiveVideo;
    this.#listener.receiveVideo = flag;
    if (isBack) this.#resume(this.#listener);
  }

  /** RTMP §7.2.2.4: what a client is told when it wants to receive again. */
  #resume(listener: Listener): void {
    const { localName: name } = listener.publication;
    this.#status("NetStream.Seek.Notify", `Seeking 0 (stream ID: ${this.id}).`, name);
    this.#status("NetStream.Play.Start", `Started playing ${name}`, name);
  }

  /** Runs a request whose refusal is told on this stream; false when it was refused. */
  #attempt(
    code: string,
    target: Value,
    run: (address: StreamAddress) => Later<void>,
  ): Later<boolean> {
    return orElse(() => {
      if (typeof target !== "string") throw new Refusal(code, "a stream needs a name");
      return andThen(run(this.#host.address(target)), () => true);
    }, (error) => {
      if (!(error instanceof Refusal)) throw error;
      if (!this.#host.closed) this.#refuse(error, target);
      return false;
    });
  }

  #refuse(refusal: Refusal, target: Value): void {
    if (refusal.reason !== "busy") this.#host.log.info(`refused: ${refusal.message}`);
    const isOfConnection = refusal.code.startsWith("Connect.");
    const prefix = isOfConnection ? "NetConnection" : "NetStream";
    this.#inform({
      level: "error",
      code: `${prefix}.${refusal.code}`,
      description: refusal.message,
      ...(typeof target === "string" ? { details: target } : {}),
    });
    if (isOfConnection) this.#host.output.end();
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
      this.#send(statusMessage(amf3, statusInfo(`NetStream.${code}`, description)));
    }
    this.#stopPublishing(true);
    this.#send(commandMessage(amf3, "close", 0));
    this.#dismissTool();
  }

  #stopPublishing(tell: boolean): void {
    const publication = this.#publication;
    if (publication === undefined) return;
    this.#publication = undefined;
    this.#host.hub.unpublish(publication);
    const name = this.#name;
    if (tell && this.#isRecorded) {
      this.#status("NetStream.Record.Stop", `${name} is recorded no longer`, name);
    }
    this.#isRecorded = false;
    if (tell) this.#status("NetStream.Unpublish.Success", `${name} is now unpublished`, name);
  }

  #stopPlaying(tell: boolean): void {
    this.#switchover?.cancel();
    this.#switchover = undefined;
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#listener = undefined;
    this.#delivery?.close();
    this.#delivery = undefined;
    this.#host.hub.unsubscribe(listener);
    const { localName: name } = listener.publication;
    if (!tell) return;
    this.#control(UserEvent.streamEof);
    this.#status("NetStream.Play.Stop", `Stopped playing ${name}`, name);
  }

  #status(code: string, description: string, details: string): void {
    this.#inform({ level: "status", code, description, details });
  }

  #inform(info: StatusInfo): void {
    this.#send(statusMessage(this.#host.amf3, info));
  }

  #control(event: number): void {
    const payload = encodeUserControl({ event, values: [this.id] });
    this.#send({ type: MessageType.userControl, payload });
  }

  #send(message: FlashMessage): void {
    this.#host.output.send(this.id, message.type, message.payload);
  }
}

/** NetStream's methods as they cross the wire (RTMP §7.2.2), by name. */
const COMMANDS: Readonly<
  Record<string, ((stream: NetStream, args: readonly Value[]) => Later<void>) | undefined>
> = Object.assign(
  Object.create(null),
  {
    publish: (stream, [name, type]) => stream.publish(name, type),
    play: (stream, [name, start]) => stream.play(name, start),
    play2: (stream, [options]) => stream.play2(options),
    closeStream: (stream) => stream.close(true),
    pause: (stream, [flag]) => stream.pause(flag === true),
    pauseRaw: (stream, [flag]) => stream.pause(flag === true),
    seek: (stream, [time]) => stream.seek(time),
    receiveAudio: (stream, [flag]) => stream.receiveAudio(flag === true),
    receiveVideo: (stream, [flag]) => stream.receiveVideo(flag === true),
  } satisfies Record<string, (stream: NetStream, args: readonly Value[]) => Later<void>>,
);

/** True for a command that means something on a stream only. */
export function isStreamCommand(name: string): boolean {
  return COMMANDS[name] !== undefined;
}
