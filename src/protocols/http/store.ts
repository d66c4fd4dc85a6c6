import { ProtocolError } from "../../bytes/mod.ts";
import type { Client, Hub, Publication } from "../../hub/mod.ts";
import { CONTAINERS, FLV_TYPE, FlvReader, flvSink } from "../../media/mod.ts";
import { evaluate } from "./conditions.ts";
import type { HttpContext } from "./context.ts";
import type { FilePlace, FileStore } from "./file_store.ts";
import { mediaTypeOf } from "./format.ts";
import { type Asked, headersOf, parametersOf } from "./request.ts";
import { extensionOf } from "./target.ts";
import { HttpError } from "./wire/error.ts";
import type { Fields } from "./wire/fields.ts";
import type { HttpResponse } from "./wire/response.ts";

const FLV_TYPES: ReadonlySet<string> = new Set([FLV_TYPE, "video/flv", "application/x-flv"]);

/** True when a PUT or POST carries media for a live publication. */
export function isMedia(fields: Fields, name: string): boolean {
  if (name === "") return false;
  const type = mediaTypeOf(fields.get("content-type") ?? "");
  return FLV_TYPES.has(type) || CONTAINERS.has(extensionOf(name));
}

/** A request's body as a live publication, for as long as it lasts. */
export class MediaUpload {
  readonly #hub: Hub;
  readonly #client: Client;
  readonly #publication: Publication;
  readonly #reader: FlvReader;

  /**
   * @param onClosed told when a script ends the publication
   * @throws Refusal
   */
  constructor(
    { hub, log }: HttpContext,
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
    onClosed: () => void,
  ) {
    this.#hub = hub;
    this.#client = client;
    this.#publication = hub.publish(client, name, { close: onClosed }, parameters);
    const skipped = (what: string) => log.child(client.address).warn(`skipped a ${what}`);
    this.#reader = new FlvReader(flvSink(this.#publication, skipped));
  }

  /** @throws HttpError 400 when the body is no FLV */
  push(bytes: Uint8Array): void {
    this.#client.lastReception = this.#hub.clock.epoch();
    try {
      this.#reader.push(bytes);
    } catch (error) {
      throw error instanceof ProtocolError ? new HttpError(400, error.message) : error;
    } finally {
      this.#publication.flush();
    }
  }

  /** The body is whole. @throws HttpError 400 when it is not */
  end(): void {
    this.#reader.end();
    this.close();
    if (!this.#reader.atBoundary) throw new HttpError(400, "The stream ends within a tag");
  }

  close(): void {
    this.#hub.unpublish(this.#publication);
  }
}

/**
 * PUT or POST of an FLV stream: publishes it under the name of the file.
 * @throws Refusal, HttpError 415 for another form
 */
export function publish(context: HttpContext, asked: Asked, onClosed: () => void): MediaUpload {
  const { target, seat } = asked;
  const extension = extensionOf(target.name);
  if (extension !== "flv" && CONTAINERS.has(extension)) {
    throw new HttpError(415, `Live media are published as FLV, not as .${extension}`);
  }
  const name = extension === "flv" ? target.name.slice(0, -4) : target.name;
  return new MediaUpload(context, seat.client, name, parametersOf(asked), onClosed);
}

/** Whether a request names a file that the script accepts. @throws Refusal with the script's words */
export function accepts({ hub }: HttpContext, { target: { name }, seat }: Asked): boolean {
  // The name of a stream may hold more than a file's.
  return name !== "" && !name.includes("/") && hub.handler.onWrite(seat.client, name);
}

/**
 * Stores a file in the application's folder, whole: the script has accepted it, and what was there
 * meets the request's conditions.
 * @param body valid during the call
 * @throws HttpError as {@link placeFor}
 */
export function storeFile(
  context: HttpContext,
  asked: Asked,
  body: Uint8Array,
): Promise<HttpResponse> {
  return store(context.files, asked, body.slice());
}

async function store(files: FileStore, asked: Asked, body: Uint8Array): Promise<HttpResponse> {
  const place = await placeFor(files, asked);
  const headers = headersOf(asked);
  await files.store(place, body);
  return { status: place.validators === undefined ? 201 : 204, headers };
}

/**
 * Where a file may be stored.
 * @throws HttpError 403 for a name that may not be written, 412 for a condition that does not hold
 */
export async function placeFor(files: FileStore, asked: Asked): Promise<FilePlace> {
  const { application, name } = asked.target;
  // RFC 9110 §14.5: a part of a file is not to be taken for the whole.
  if (asked.fields.has("content-range")) throw new HttpError(400, "A file is stored whole");
  const place = await files.placeFor(application, name);
  if (place === undefined) throw notWritable(asked);
  if (evaluate(asked.fields, asked.method, place.validators) !== "go") {
    throw new HttpError(412, `${application}/${name} is not what the request wants it to be`);
  }
  return place;
}

/** The refusal of a file that may not be stored, whoever asks. */
export function notWritable({ target }: Asked): HttpError {
  return new HttpError(403, `${target.application}/${target.name} may not be written`);
}
