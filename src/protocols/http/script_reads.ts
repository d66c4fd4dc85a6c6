import { andThen, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { QueryReader } from "../../codecs/mod.ts";
import type { Hub } from "../../hub/mod.ts";
import { exchangeResponse } from "./calls.ts";
import { Exchange, exchangeQuestion } from "./exchange.ts";
import { contentTypeOf, HTML_TYPE } from "./content_type.ts";
import { rawFormat } from "./format.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import { extensionOf } from "./target.ts";
import type { HttpResponse } from "./wire/response.ts";

/**
 * GET and HEAD of an application: its script (`onRead`) answers, or says which file the resources
 * behind show.
 */
export class ScriptReads implements Resource {
  readonly needsClient = true;
  readonly #hub: Hub;

  constructor(hub: Hub) {
    this.#hub = hub;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "GET" || method === "HEAD";
  }

  respond(request: HttpRequest): Later<HttpResponse | undefined> {
    const { target: { name, query }, binding } = request;
    const exchange = new Exchange(
      rawFormat,
      extensionOf(name) === "" ? HTML_TYPE : contentTypeOf(name),
    );
    const parameters = new QueryReader(encodeText(query));
    const question = { ...exchangeQuestion(binding, exchange), file: name, parameters };
    return andThen(this.#hub.questions.read(question), (decision) => {
      if (decision.kind === "handled") return exchangeResponse(request, exchange);
      request.rewrite(decision.file, decision.values);
      return undefined;
    });
  }
}
