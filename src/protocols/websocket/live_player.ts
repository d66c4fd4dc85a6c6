import { andThen, type Later } from "../../base/mod.ts";
import { type Client, ContainerPlayer, type Hub } from "../../hub/mod.ts";
import type { Container } from "../../media/mod.ts";
import type { ByteOutput } from "../../net/mod.ts";
import { framed } from "./framed_container.ts";
import { CloseCode } from "./wire/frame.ts";

/** What a client plays on its socket. */
export interface LiveRequest {
  readonly client: Client;
  readonly name: string;
  readonly container: Container;
  readonly outbox: ByteOutput;
  /** Told that the socket is to be closed, and why. */
  readonly onEnd: (code: number, reason: string) => void;
}

/** A publication as binary frames on one socket: the same stream of bytes as over HTTP. */
export class LivePlayer {
  readonly #outbox: ByteOutput;
  readonly #player: ContainerPlayer;

  /** Only {@link open} makes one. */
  private constructor(outbox: ByteOutput, player: ContainerPlayer) {
    this.#outbox = outbox;
    this.#player = player;
  }

  /**
   * Subscribes the client.
   * @throws Refusal, or rejects with it
   */
  static open(hub: Hub, request: LiveRequest): Later<LivePlayer> {
    const { client, name, container, outbox } = request;
    let live: LivePlayer | undefined;
    const opened = ContainerPlayer.open(hub, {
      client,
      name,
      parameters: new Map(new URLSearchParams(client.query)),
      container: framed(container),
      output: {
        ready: outbox.wake,
        ended: (end, reason) => {
          live?.close();
          request.onEnd(end === "overrun" ? CloseCode.tryLater : CloseCode.normal, reason);
        },
      },
    });
    return andThen(opened, (player) => live = new LivePlayer(outbox, player));
  }

  /** The socket is open. */
  start(): void {
    this.#outbox.attach(this.#player);
    this.#outbox.wake();
  }

  close(): void {
    this.#outbox.detach(this.#player);
    this.#player.close();
  }
}
