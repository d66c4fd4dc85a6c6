import { ContainerPlayer, type Hub } from "../../hub/mod.ts";
import { type Container, CONTAINERS } from "../../media/mod.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import { extensionOf } from "./target.ts";
import type { BodySource, HttpResponse } from "./wire/response.ts";

/** GET and HEAD of a file whose extension is a container's: plays the publication of that name. */
export class LiveStreams implements Resource {
  readonly needsClient = true;
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "GET" || method === "HEAD";
  }

  /** @throws Refusal */
  respond(request: HttpRequest): HttpResponse | undefined {
    const container = CONTAINERS.get(extensionOf(request.file));
    if (container === undefined) return undefined;
    const { type } = container;
    const headers = request.headers(["content-type", type], ["cache-control", "no-store"]);
    if (request.method === "HEAD") return { status: 200, headers };
    return { status: 200, headers, body: new LiveBody(this.#hub, request, container) };
  }
}

/** A publication as the endless body of a response; a slow reader falls under the hub's rules. */
class LiveBody implements BodySource {
  /** Only the end of the connection ends it: every client understands that, chunks cost a copy. */
  readonly length = undefined;
  readonly #player: ContainerPlayer;
  #wake: () => void = () => {};
  #end: (failure?: string) => void = () => {};

  /** @throws Refusal */
  constructor(hub: Hub, request: HttpRequest, container: Container) {
    const { file, parameters, binding: { client } } = request;
    const name = file.slice(0, file.lastIndexOf("."));
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
