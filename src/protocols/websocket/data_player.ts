import { andThen, type Later } from "../../base/mod.ts";
import { ProtocolError } from "../../bytes/mod.ts";
import { ValueReader } from "../../codecs/mod.ts";
import type { Client, Hub, Listener, ListenerSink } from "../../hub/mod.ts";
import { dataReader, type MediaMessage } from "../../media/mod.ts";
import { Opcode } from "./wire/frame.ts";
import type { SocketWriter } from "./writer.ts";

/** A publication's name, and the parameters of the request for it. */
export interface StreamName {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A subscription by `__play`: the data of a publication, and notices of its coming and going. */
export class DataPlayer {
  readonly #hub: Hub;
  readonly #listener: Listener;
  readonly #writer: SocketWriter;
  readonly #name: string;

  /** Only {@link open} makes one. */
  private constructor(hub: Hub, writer: SocketWriter, listener: Listener) {
    this.#hub = hub;
    this.#writer = writer;
    this.#listener = listener;
    this.#name = listener.publication.localName;
    listener.receiveAudio = false;
    listener.receiveVideo = false;
    if (listener.publication.isRunning) this.#notify("__publishing");
    this.#send();
  }

  /** Subscribes the client. @throws Refusal, or rejects with it */
  static open(
    hub: Hub,
    client: Client,
    writer: SocketWriter,
    { name, parameters }: StreamName,
  ): Later<DataPlayer> {
    let player: DataPlayer | undefined;
    const tell = (run: (player: DataPlayer) => void) => {
      if (player !== undefined) run(player);
    };
    const sink: ListenerSink = {
      ready: () => tell((player) => player.#send()),
      // Data are taken at once: the writer's own limit cuts who does not read.
      overrun: () => tell((player) => player.close()),
      status: (code, description) => writer.sendStatus(`NetStream.${code}`, description),
      end: () => tell((player) => player.close()),
    };
    return andThen(
      hub.subscribe(client, name, sink, parameters),
      (listener) => player = new DataPlayer(hub, writer, listener),
    );
  }

  close(): void {
    this.#hub.unsubscribe(this.#listener);
  }

  #send(): void {
    for (let next = this.#listener.next(); next !== undefined; next = this.#listener.next()) {
      this.#sendMessage(next);
    }
  }

  #sendMessage(message: MediaMessage): void {
    switch (message.kind) {
      case "published":
        return this.#notify("__publishing");
      case "unpublished":
        return this.#notify("__unpublishing");
      case "data":
        return this.#sendData(message);
    }
  }

  #notify(notice: string): void {
    this.#writer.sendJson(notice, new ValueReader([this.#name]));
  }

  /** What has values is a text frame, bare bytes are a binary one. */
  #sendData(message: MediaMessage): void {
    const { name, payload } = message;
    try {
      const values = dataReader(message);
      if (values === undefined) this.#writer.send(Opcode.binary, payload);
      else this.#writer.sendJson(name === "" ? undefined : name, values);
    } catch (error) {
      // A publisher that sends what is not in its format is not heard.
      if (!(error instanceof ProtocolError)) throw error;
    }
  }
}
