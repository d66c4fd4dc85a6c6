import { trimmedEnd } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { HTML_TYPE } from "./content_type.ts";
import { fileResponse } from "./file_response.ts";
import type { FileStore, StoredFile } from "./file_store.ts";
import { listingPage } from "./listing.ts";
import { MAX_TEMPLATE_SIZE } from "./params.ts";
import type { HttpRequest, TemplateValues } from "./request.ts";
import type { Resource } from "./resource.ts";
import { encodePath } from "./target.ts";
import { fillTemplate } from "./template.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

type Shown = HttpResponse | Promise<HttpResponse>;

/** GET and HEAD of the files in the folders of applications, and of what a folder shows. */
export class Files implements Resource {
  readonly #store: FileStore;

  constructor(store: FileStore) {
    this.#store = store;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "GET" || method === "HEAD";
  }

  respond(request: HttpRequest): Shown | undefined | Promise<HttpResponse | undefined> {
    const found = this.#store.find(request.target.application, request.file);
    if (!(found instanceof Promise)) return this.#show(request, found);
    return found.then((found) => this.#show(request, found));
  }

  #show(request: HttpRequest, found: StoredFile | undefined): Shown | undefined {
    if (found === undefined) return undefined;
    if (!found.isFolder) return this.#showFile(request, found);
    const { file, target: { application, query } } = request;
    if (file === "") return this.#showFolder(request);
    const folder = `${encodePath(`${application}/${trimmedEnd(file, "/")}`)}/`;
    const location = query === "" ? folder : `${folder}?${query}`;
    return { status: 301, headers: request.headers(["location", location]) };
  }

  #showFile(request: HttpRequest, file: StoredFile): Shown {
    const { values } = request;
    if (values !== undefined && values.size > 0 && file.size <= MAX_TEMPLATE_SIZE) {
      return this.#showTemplate(request, file, values);
    }
    return fileResponse(request, file, this.#store.disk);
  }

  async #showTemplate(
    request: HttpRequest,
    file: StoredFile,
    values: TemplateValues,
  ): Promise<HttpResponse> {
    const text = file.bytes ?? this.#store.disk.read(file.path);
    const headers = request.headers(["content-type", file.type], ["cache-control", "no-store"]);
    return { status: 200, headers, body: fillTemplate(await text, values) };
  }

  async #showFolder(request: HttpRequest): Promise<HttpResponse> {
    const { index, target: { application } } = request;
    if (index !== "false") {
      const name = index === "true" ? "index.html" : index;
      const page = await this.#store.find(application, name);
      if (page !== undefined && !page.isFolder) return this.#showFile(request, page);
    }
    if (index !== "true") throw new HttpError(404, `Nothing to show at ${application}/`);
    const page = listingPage(application, await this.#store.list(application));
    const headers = request.headers(["content-type", HTML_TYPE], ["cache-control", "no-cache"]);
    return { status: 200, headers, body: encodeText(page) };
  }
}
