import { encodeText, ProtocolError } from "../../bytes/mod.ts";
import { type DataReader, QueryReader } from "../../codecs/mod.ts";
import { Refusal } from "../../hub/mod.ts";
import type { Turn } from "../../net/mod.ts";
import type { HttpContext } from "./context.ts";
import { isEnvelope } from "./envelope.ts";
import { callByEnvelope } from "./envelope_call.ts";
import { Exchange } from "./exchange.ts";
import { amfFormat, type Format, formatOf, jsonFormat } from "./format.ts";
import { type Asked, headersOf } from "./request.ts";
import type { HttpResponse } from "./wire/response.ts";

/** HTTP statuses of the reasons for a refusal. */
const STATUSES = { missing: 404, denied: 403, failed: 500, busy: 429 } as const;

/** The HTTP status that says why an application refused. */
export function statusOf(refusal: Refusal): number {
  return STATUSES[refusal.reason];
}

/** GET `/app/method?a=1`: the method's name is in the path, its argument the query. */
export function callByQuery(context: HttpContext, asked: Asked): HttpResponse {
  const { name, query } = asked.target;
  return call(context, asked, jsonFormat, name, new QueryReader(encodeText(query)));
}

/** POST: the body is the call, in the format that its type tells; the answer has the same one. */
export function callByBody(
  context: HttpContext,
  asked: Asked,
  body: Uint8Array,
  turn?: Turn,
): HttpResponse | Promise<HttpResponse> {
  const { fields, target, seat } = asked;
  const { hub, log } = context;
  if (log.dumps) log.dump(`body of ${seat.client.address}`, body);
  const format = formatOf(fields.get("content-type"));
  const { maxText } = context.settings;
  if (format.isText && body.length > maxText) {
    const text = `${body.length} bytes of ${format.type}, the limit of [lua] maxText is ${maxText}`;
    return failure(asked, format, 413, "Call.Failed", text);
  }
  try {
    if (format === amfFormat && isEnvelope(body)) return callByEnvelope(context, asked, body, turn);
    if (target.name !== "" && hub.handler.hasMethod(seat.client, target.name)) {
      return call(context, asked, format, target.name, format.whole(body));
    }
    const { name, args } = format.read(body);
    return call(context, asked, format, name ?? "", args);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return failure(asked, format, 400, "Call.BadVersion", error.message);
  }
}

/** Runs a method of the client, or `onMessage` for the name "". */
function call(
  { hub }: HttpContext,
  asked: Asked,
  format: Format,
  name: string,
  args: DataReader,
): HttpResponse {
  const { seat } = asked;
  const exchange = new Exchange(format);
  try {
    seat.writer.during(
      exchange,
      () => hub.handler.onCall(seat.client, name, args, () => exchange.reply()),
    );
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return failure(asked, format, statusOf(error), error.code, error.message);
  }
  return answer(asked, exchange);
}

function failure(
  asked: Asked,
  format: Format,
  status: number,
  code: string,
  description: string,
): HttpResponse {
  const headers = headersOf(asked, ["content-type", format.type]);
  const body = format.error(status, code, description);
  // A body that is too long is no matter of the call.
  const isFault = format.hasFaults === true && status !== 413;
  return { status: isFault ? 200 : status, headers, body };
}

/** What the script returned or wrote during a request. */
export function answer(asked: Asked, exchange: Exchange): HttpResponse {
  const { body, type, status } = exchange.take();
  const headers = headersOf(asked, ["content-type", type], ["cache-control", "no-store"]);
  return { status, headers, body };
}
