import { andThen, type Later } from "../../base/mod.ts";
import { ProtocolError } from "../../bytes/mod.ts";
import type { Publication } from "../../hub/mod.ts";
import { CONTAINERS, FLV_TYPE, FlvReader, flvSink } from "../../media/mod.ts";
import type { ApplicationContext } from "./context.ts";
import { mediaTypeOf } from "./format.ts";
import type { HttpRequest } from "./request.ts";
import type { BodySink, Resource } from "./resource.ts";
import { extensionOf } from "./target.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

const FLV_TYPES: ReadonlySet<string> = new Set([FLV_TYPE, "video/flv", "application/x-flv"]);

/** PUT or POST of an FLV stream: publishes it under the name of the file. */
export class Publications implements Resource {
  readonly #context: ApplicationContext;

  constructor(context: ApplicationContext) {
    this.#context = context;
  }

  wants(request: HttpRequest): boolean {
    const { method, head, fields } = request;
    if ((method !== "PUT" && method !== "POST") || head.length === 0) return false;
    const { name } = request.url;
    if (name === "") return false;
    const type = mediaTypeOf(fields.get("content-type") ?? "");
    return FLV_TYPES.has(type) || CONTAINERS.has(extensionOf(name));
  }

  /** @throws (or rejects with) Refusal, HttpError 415 for another container */
  receive(request: HttpRequest): Later<BodySink> {
    request.targetStream();
    return andThen(request.bind(), () => this.#publish(request));
  }

  #publish(request: HttpRequest): Later<BodySink> {
    const { binding: { client }, connection: { outbox }, parameters } = request;
    const name = streamName(request.target.name);
    // A script that ends the publication ends its connection.
    const sink = { close: () => outbox.end() };
    const decision = this.#context.hub.publish(client, name, sink, { parameters });
    return andThen(
      decision,
      (publication) => new PublishedBody(this.#context, request, publication),
    );
  }
}

/** A request's body as a live publication, for as long as it lasts. */
class PublishedBody implements BodySink {
  readonly #context: ApplicationContext;
  readonly #request: HttpRequest;
  readonly #publication: Publication;
  readonly #reader: FlvReader;

  constructor(context: ApplicationContext, request: HttpRequest, publication: Publication) {
    this.#context = context;
    this.#request = request;
    this.#publication = publication;
    const log = context.log.child(request.binding.client.address);
    const onSkipped = (what: string) => log.warn(`skipped a ${what}`);
    this.#reader = new FlvReader(flvSink(publication, onSkipped));
  }

  /** @throws HttpError 400 when the body is no FLV */
  receivePart(bytes: Uint8Array): void {
    this.#request.binding.client.lastReception = this.#context.clock.epoch();
    try {
      this.#reader.readTags(bytes);
    } catch (error) {
      throw error instanceof ProtocolError ? new HttpError(400, error.message) : error;
    } finally {
      this.#publication.flush();
    }
  }

  /** @throws HttpError 400 when it ends within a tag */
  end(): HttpResponse {
    try {
      this.#reader.end();
    } finally {
      this.close();
    }
    if (!this.#reader.atBoundary) throw new HttpError(400, "The stream ends within a tag");
    return { status: 204, headers: this.#request.commonHeaders };
  }

  close(): void {
    this.#context.hub.unpublish(this.#publication);
  }
}

/** The name of the stream in a file's. @throws HttpError 415 for another container than FLV */
function streamName(file: string): string {
  const extension = extensionOf(file);
  if (extension === "flv") return file.slice(0, -4);
  if (!CONTAINERS.has(extension)) return file;
  throw new HttpError(415, `Live media are published as FLV, not as .${extension}`);
}
