import { ProtocolError } from "../../bytes/mod.ts";
import { ValueReader } from "../../codecs/mod.ts";
import type { Client, Hub, Listener, ListenerSink } from "../../hub/mod.ts";
import { dataReader, type MediaMessage } from "../../media/mod.ts";
import { Opcode } from "./wire/frame.ts";
import type { SocketWriter } from "./writer.ts";

/** A subscription by `__play`: the data of a publication, and notices of its coming and going. */
export class DataPlayer implements ListenerSink {
  readonly #hub: Hub;
  readonly #listener: Listener;
  readonly #writer: SocketWriter;
  readonly #name: string;

  /** @throws Refusal */
  constructor(
    hub: Hub,
    client: Client,
    writer: SocketWriter,
    name: string,
    parameters: ReadonlyMap<string, string>,
  ) {
    this.#hub = hub;
    this.#writer = writer;
    this.#name = name;
    this.#listener = hub.subscribe(client, name, this, parameters);
    this.#listener.receiveAudio = false;
    this.#listener.receiveVideo = false;
    if (this.#listener.publication.running) this.#notify("__publishing");
    this.ready();
  }

  ready(): void {
    for (let next = this.#listener.next(); next !== undefined; next = this.#listener.next()) {
      this.#send(next);
    }
  }

  /** Data are taken at once: the writer's own limit cuts who does not read. */
  overrun(): void {
    this.close();
  }

  status(code: string, description: string): void {
    this.#writer.sendStatus(`NetStream.${code}`, description);
  }

  close(): void {
    this.#hub.unsubscribe(this.#listener);
  }

  #send(message: MediaMessage): void {
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
