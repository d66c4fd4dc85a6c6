import { type Client, ContainerPlayer, type Hub } from "../../hub/mod.ts";
import type { Container } from "../../media/mod.ts";
import type { ByteOutput } from "../../net/mod.ts";
import { framed } from "./framed_container.ts";
import { CloseCode } from "./wire/frame.ts";

/** A publication as binary frames on one socket: the same stream of bytes as over HTTP. */
export class LivePlayer {
  readonly #outbox: ByteOutput;
  readonly #player: ContainerPlayer;

  /**
   * @param onEnd told that the socket is to be closed, and why
   * @throws Refusal
   */
  constructor(
    hub: Hub,
    client: Client,
    outbox: ByteOutput,
    name: string,
    container: Container,
    onEnd: (code: number, reason: string) => void,
  ) {
    this.#outbox = outbox;
    const parameters = new Map(new URLSearchParams(client.query));
    this.#player = new ContainerPlayer(hub, client, name, parameters, framed(container), {
      ready: outbox.wake,
      ended: (end, reason) => {
        this.close();
        onEnd(end === "overrun" ? CloseCode.tryLater : CloseCode.normal, reason);
      },
    });
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
