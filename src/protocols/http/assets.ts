import type { Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { contentTypeOf } from "./content_type.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import type { HttpResponse } from "./wire/response.ts";

/** The text of a file, or what loads it. */
export type AssetText = string | (() => Promise<string>);

/** GET and HEAD of files that come with the program. */
export class Assets implements Resource {
  readonly #texts: ReadonlyMap<string, AssetText>;

  /** @param texts by their path, such as `/mpegts.js` */
  constructor(texts: ReadonlyMap<string, AssetText>) {
    this.#texts = texts;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "GET" || method === "HEAD";
  }

  respond(request: HttpRequest): Later<HttpResponse | undefined> {
    const { file, target } = request;
    const text = this.#texts.get(`${target.application}/${file}`);
    if (typeof text === "function") return text().then((loaded) => this.#answer(request, loaded));
    return text === undefined ? undefined : this.#answer(request, text);
  }

  #answer(request: HttpRequest, text: string): HttpResponse {
    const { file } = request;
    const type = contentTypeOf(file);
    const headers = request.headers(["content-type", type], ["cache-control", "max-age=3600"]);
    return { status: 200, headers, body: encodeText(text) };
  }
}
