import { type Client, ContainerPlayer, type Hub } from "../../hub/mod.ts";
import type { Container } from "../../media/mod.ts";
import type { BodySource } from "./wire/response.ts";

/** A publication as the endless body of a response; a slow reader falls under the hub's rules. */
export class LiveStream implements BodySource {
  /** Only the end of the connection ends it: every client understands that, chunks cost a copy. */
  readonly length = undefined;
  readonly #player: ContainerPlayer;
  #wake: () => void = () => {};
  #end: (failure?: string) => void = () => {};

  /** @throws Refusal */
  constructor(
    hub: Hub,
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
    container: Container,
  ) {
    this.#player = new ContainerPlayer(hub, client, name, parameters, container, {
      ready: () => this.#wake(),
      ended: (_end, reason) => this.#end(reason),
    });
  }

  get more(): boolean {
    return this.#player.more;
  }

  start(wake: () => void, end: (failure?: string) => void): void {
    this.#wake = wake;
    this.#end = end;
    wake();
  }

  take(wanted: number): Uint8Array | undefined {
    return this.#player.take(wanted);
  }

  close(): void {
    this.#player.close();
  }
}
