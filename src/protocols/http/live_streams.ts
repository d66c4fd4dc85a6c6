import { andThen, type Later } from "../../base/mod.ts";
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

  /** @throws Refusal, or rejects with it */
  respond(request: HttpRequest): Later<HttpResponse> | undefined {
    const container = CONTAINERS.get(extensionOf(request.file));
    if (container === undefined) return undefined;
    const { type } = container;
    const headers = request.headers(["content-type", type], ["cache-control", "no-store"]);
    if (request.method === "HEAD") return { status: 200, headers };
    const opened = LiveBody.open(this.#hub, request, container);
    return andThen(opened, (body) => ({ status: 200, headers, body }));
  }
}

/** A publication as the endless body of a response; a slow reader falls under the hub's rules. */
class LiveBody implements BodySource {
  /** Only the end of the connection ends it: every client understands that, chunks cost a copy. */
  readonly length = undefined;
  #player: ContainerPlayer | undefined;
  #wake: () => void = () => {};
  #end: (failure?: string) => void = () => {};

  static open(hub: Hub, request: HttpRequest, container: Container): Later<LiveBody> {
    const { file, parameters, binding: { client } } = request;
    const body = new LiveBody();
    const opened = ContainerPlayer.open(hub, {
      client,
      name: file.slice(0, file.lastIndexOf(".")),
      parameters,
      container,
      output: {
        ready: () => body.#wake(),
        ended: (_end, reason) => body.#end(reason),
      },
    });
    return andThen(opened, (player) => {
      body.#player = player;
      return body;
    });
  }

  get more(): boolean {
    return this.#player?.more ?? false;
  }

  start(wake: () => void, end: (failure?: string) => void): void {
    this.#wake = wake;
    this.#end = end;
    wake();
  }

  takeBytes(wanted: number): Uint8Array | undefined {
    return this.#player?.takeBytes(wanted);
  }

  close(): void {
    this.#player?.close();
  }
}
