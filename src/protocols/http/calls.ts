import type { Later } from "../../base/mod.ts";
import { encodeText, ProtocolError } from "../../bytes/mod.ts";
import { type DataReader, QueryReader } from "../../codecs/mod.ts";
import { Refusal } from "../../hub/mod.ts";
import type { Turn } from "../../net/mod.ts";
import { decodeBody, isCompressed } from "./body.ts";
import type { ApplicationContext } from "./context.ts";
import { isEnvelope } from "./envelope.ts";
import { callByEnvelope } from "./envelope_call.ts";
import { Exchange, HttpCall } from "./exchange.ts";
import { amfFormat, type Format, formatOf, jsonFormat } from "./format.ts";
import { statusOf } from "./refusals.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import { extensionOf } from "./target.ts";
import type { HttpResponse } from "./wire/response.ts";

/**
 * Calls of a client's methods: a POST with the call in its body, in the format that its type tells,
 * or a GET whose path ends in a method's name, with the query as its argument.
 */
export class Calls implements Resource {
  readonly needsClient = true;
  readonly #context: ApplicationContext;

  constructor(context: ApplicationContext) {
    this.#context = context;
  }

  /** Decides whether a request is a call, once the resources that are asked before have declined. */
  wants(request: HttpRequest): boolean {
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") return method === "POST";
    const { url } = request;
    return url.name !== "" && extensionOf(url.name) === "";
  }

  respond(
    request: HttpRequest,
    body: Uint8Array,
    turn: Turn,
  ): Later<HttpResponse> | undefined {
    if (request.method !== "POST") return this.#callByQuery(request);
    const { clock, settings } = this.#context;
    const { fields, charge } = request;
    const decoded = decodeBody(fields, body, { limit: settings.maxBody, clock, charge });
    if (!(decoded instanceof Promise)) return this.#callByBody(request, decoded, turn);
    return decoded.then((decoded) => this.#callByBody(request, decoded));
  }

  /** GET `/app/method?a=1`; undefined when the client has no such method. */
  #callByQuery(request: HttpRequest): Later<HttpResponse> | undefined {
    const { name, query } = request.target;
    const { handler } = this.#context.hub;
    if (!handler.hasMethod(request.binding.client, name)) return undefined;
    return this.#call(request, jsonFormat, name, new QueryReader(encodeText(query)));
  }

  #callByBody(
    request: HttpRequest,
    body: Uint8Array,
    turn?: Turn,
  ): Later<HttpResponse> {
    const { fields, target, binding } = request;
    const { hub, log } = this.#context;
    if (log.dumps && isCompressed(fields)) {
      log.child(binding.client.address).dump("body received, decompressed", body);
    }
    const format = formatOf(fields.get("content-type"));
    const { maxText } = this.#context.settings;
    if (format.isText && body.length > maxText) {
      const text =
        `${body.length} bytes of ${format.type}, the limit of [lua] maxText is ${maxText}`;
      return failure(request, format, { status: 413, code: "Call.Failed", description: text });
    }
    try {
      if (format === amfFormat && isEnvelope(body)) {
        return callByEnvelope(this.#context, request, body, turn);
      }
      if (target.name !== "" && hub.handler.hasMethod(binding.client, target.name)) {
        return this.#call(request, format, target.name, format.whole(body));
      }
      const { name, args } = format.read(body);
      return this.#call(request, format, name ?? "", args);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const { message: description } = error;
      return failure(request, format, { status: 400, code: "Call.BadVersion", description });
    }
  }

  /** Runs a method of the client, or `onMessage` for the name "". */
  #call(request: HttpRequest, format: Format, name: string, args: DataReader): Later<HttpResponse> {
    const { questions } = this.#context.hub;
    const exchange = new Exchange(format);
    try {
      const decision = questions.call(new HttpCall(request.binding, exchange, name, args));
      if (decision === undefined) return exchangeResponse(request, exchange);
      return decision.then(
        () => exchangeResponse(request, exchange),
        (error) => refused(request, format, error),
      );
    } catch (error) {
      return refused(request, format, error);
    }
  }
}

/** The answer to a call that was refused; throws what is no refusal. */
function refused(request: HttpRequest, format: Format, error: unknown): HttpResponse {
  if (!(error instanceof Refusal)) throw error;
  const { code, message: description } = error;
  return failure(request, format, { status: statusOf(error), code, description });
}

/** What is wrong with a call, and its HTTP status. */
interface Failure {
  readonly status: number;
  readonly code: string;
  readonly description: string;
}

function failure(
  request: HttpRequest,
  format: Format,
  { status, code, description }: Failure,
): HttpResponse {
  const headers = request.headers(["content-type", format.type]);
  const body = format.error(status, code, description);
  // A body that is too long is no matter of the call.
  const isFault = format.hasFaults === true && status !== 413;
  return { status: isFault ? 200 : status, headers, body };
}

/** What the script returned or wrote during a request. */
export function exchangeResponse(request: HttpRequest, exchange: Exchange): HttpResponse {
  const { body, type, status } = exchange.takeResponse();
  const headers = request.headers(["content-type", type], ["cache-control", "no-store"]);
  return { status, headers, body };
}
