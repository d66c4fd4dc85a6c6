import { andThen, type Later } from "../../base/mod.ts";
import { decodeBody } from "./body.ts";
import { evaluate } from "./conditions.ts";
import type { ApplicationContext } from "./context.ts";
import type { Destination, FileStore } from "./file_store.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import { extensionOf } from "./target.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

/**
 * PUT stores a file in the application's folder when the script accepts it; so does POST, when it
 * names a file and no method, and is a call otherwise.
 */
export class FileUploads implements Resource {
  readonly needsClient = true;
  readonly #context: ApplicationContext;
  readonly #files: FileStore;
  /** What scripts said already of requests that wait for `100 Continue`: they are asked once. */
  readonly #decisions: WeakMap<HttpRequest, Later<boolean>> = new WeakMap();

  constructor(context: ApplicationContext, files: FileStore) {
    this.#context = context;
    this.#files = files;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "PUT" || method === "POST";
  }

  expect(request: HttpRequest): Promise<void> | undefined {
    const isFile = this.#isFile(request);
    this.#decisions.set(request, isFile);
    const decision = andThen(
      isFile,
      (isFile) => isFile ? this.#destination(request).then(() => {}) : undefined,
    );
    return decision instanceof Promise ? decision : undefined;
  }

  /** @throws Refusal, HttpError as {@link #destination} and {@link decodeBody} */
  respond(request: HttpRequest, body: Uint8Array): Promise<HttpResponse | undefined> | undefined {
    const isFile = this.#decisions.get(request) ?? this.#isFile(request);
    if (isFile instanceof Promise) {
      const kept = request.keep(body);
      return isFile.then((isFile) => isFile ? this.#receive(request, kept) : undefined);
    }
    return isFile ? this.#receive(request, body) : undefined;
  }

  #receive(request: HttpRequest, body: Uint8Array): Promise<HttpResponse> {
    const { settings, clock } = this.#context;
    const { fields, charge } = request;
    const decoded = decodeBody(fields, body, { limit: settings.maxBody, clock, charge });
    return this.#store(request, decoded instanceof Promise ? decoded : decoded.slice());
  }

  async #store(
    request: HttpRequest,
    body: Uint8Array | Promise<Uint8Array>,
  ): Promise<HttpResponse> {
    const decoded = await body;
    const destination = await this.#destination(request);
    const headers = request.headers();
    await this.#files.store(destination, decoded);
    return { status: destination.validators === undefined ? 201 : 204, headers };
  }

  /** @throws Refusal with the script's words, HttpError 403 for a PUT of what is no file */
  #isFile(request: HttpRequest): Later<boolean> {
    const { method, target: { name }, binding: { client } } = request;
    const { handler, questions } = this.#context.hub;
    const isNamed = method === "PUT" ||
      (extensionOf(name) !== "" && !handler.hasMethod(client, name));
    // The name of a stream may hold more than a file's.
    const decision = isNamed && name !== "" && !name.includes("/") &&
      questions.write({ client, file: name });
    return andThen(decision, (isFile) => {
      if (method === "PUT" && !isFile) throw notWritable(request);
      return isFile;
    });
  }

  /**
   * Where the file is stored: what is there meets the request's conditions.
   * @throws HttpError 403 for a name that may not be written, 412 for a condition that does not hold
   */
  async #destination(request: HttpRequest): Promise<Destination> {
    const { fields, method, target: { application, name } } = request;
    // RFC 9110 §14.5: a part of a file is not to be taken for the whole.
    if (fields.has("content-range")) throw new HttpError(400, "A file is stored whole");
    const destination = await this.#files.destination(application, name);
    if (destination === undefined) throw notWritable(request);
    if (evaluate(fields, method, destination.validators) !== "go") {
      throw new HttpError(412, `${application}/${name} is not what the request wants it to be`);
    }
    return destination;
  }
}

/** The refusal of a file that may not be stored, whatever the script says. */
function notWritable({ target }: HttpRequest): HttpError {
  return new HttpError(403, `${target.application}/${target.name} may not be written`);
}
