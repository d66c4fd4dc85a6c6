import { encodeText } from "../../bytes/mod.ts";
import { contentTypeOf } from "./content_type.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import type { HttpResponse } from "./wire/response.ts";

/** GET and HEAD of files that come with the program. */
export class Assets implements Resource {
  readonly #texts: ReadonlyMap<string, string>;

  /** @param texts by their path, such as `/mpegts.js` */
  constructor(texts: ReadonlyMap<string, string>) {
    this.#texts = texts;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "GET" || method === "HEAD";
  }

  respond(request: HttpRequest): HttpResponse | undefined {
    const { file, target } = request;
    const text = this.#texts.get(`${target.application}/${file}`);
    if (text === undefined) return undefined;
    const type = contentTypeOf(file);
    const headers = request.headers(["content-type", type], ["cache-control", "max-age=3600"]);
    return { status: 200, headers, body: encodeText(text) };
  }
}
