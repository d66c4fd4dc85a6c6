import { encodeText } from "../../bytes/mod.ts";
import { QueryReader } from "../../codecs/mod.ts";
import { type Container, CONTAINERS } from "../../media/mod.ts";
import { answer, callByQuery } from "./call.ts";
import type { HttpContext } from "./context.ts";
import { Exchange } from "./exchange.ts";
import { fileResponse } from "./file_response.ts";
import { contentTypeOf, type StoredFile } from "./file_store.ts";
import { rawFormat } from "./format.ts";
import { listingPage } from "./listing.ts";
import { LiveStream } from "./live_stream.ts";
import { MAX_TEMPLATE_SIZE } from "./params.ts";
import { type Asked, headersOf, parametersOf } from "./request.ts";
import { encodePath, extensionOf } from "./target.ts";
import { fillTemplate } from "./template.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

type Values = ReadonlyMap<string, Uint8Array>;
type Answer = HttpResponse | Promise<HttpResponse>;

const HTML = "text/html; charset=utf-8";

/**
 * GET and HEAD: a method of the client, what its script says of the file, the file, a live stream,
 * or what a folder shows.
 */
export function read(context: HttpContext, asked: Asked): Answer {
  const { handler } = context.hub;
  const { seat, target } = asked;
  const { client } = seat;
  const extension = extensionOf(target.name);
  if (extension === "" && target.name !== "" && handler.hasMethod(client, target.name)) {
    return callByQuery(context, asked);
  }
  const exchange = new Exchange(rawFormat, extension === "" ? HTML : contentTypeOf(target.name));
  const parameters = new QueryReader(encodeText(target.query));
  const said = seat.writer.during(
    exchange,
    () => handler.onRead(client, target.name, parameters),
  );
  if (said.kind === "handled") return answer(asked, exchange);
  const found = context.files.find(target.application, said.file);
  if (found instanceof Promise) {
    return found.then((found) => show(context, asked, said.file, found, said.values));
  }
  return show(context, asked, said.file, found, said.values);
}

function show(
  context: HttpContext,
  asked: Asked,
  file: string,
  found: StoredFile | undefined,
  values: Values | undefined,
): Answer {
  if (found === undefined) return showLiveOrAsset(context, asked, file);
  if (!found.isFolder) return showFile(context, asked, found, values);
  if (file === "") return showFolder(context, asked, values);
  const { application, query } = asked.target;
  const place = `${encodePath(`${application}/${file.replace(/\/+$/, "")}`)}/`;
  const location = query === "" ? place : `${place}?${query}`;
  return { status: 301, headers: headersOf(asked, ["location", location]) };
}

function showFile(
  { disk }: HttpContext,
  asked: Asked,
  file: StoredFile,
  values: Values | undefined,
): Answer {
  if (values !== undefined && values.size > 0 && file.size <= MAX_TEMPLATE_SIZE) {
    return showTemplate(asked, file, values, file.bytes ?? disk.read(file.path));
  }
  return fileResponse(asked.method, asked.fields, file, disk, headersOf(asked));
}

async function showTemplate(
  asked: Asked,
  file: StoredFile,
  values: Values,
  text: Uint8Array | Promise<Uint8Array>,
): Promise<HttpResponse> {
  const headers = headersOf(asked, ["content-type", file.type], ["cache-control", "no-store"]);
  return { status: 200, headers, body: fillTemplate(await text, values) };
}

async function showFolder(
  context: HttpContext,
  asked: Asked,
  values: Values | undefined,
): Promise<HttpResponse> {
  const { application } = asked.target;
  const { index } = asked;
  if (index !== "false") {
    const name = index === "true" ? "index.html" : index;
    const page = await context.files.find(application, name);
    if (page !== undefined && !page.isFolder) return showFile(context, asked, page, values);
  }
  if (index !== "true") throw new HttpError(404, `Nothing to show at ${application}/`);
  const page = listingPage(application, await context.files.list(application));
  const headers = headersOf(asked, ["content-type", HTML], ["cache-control", "no-cache"]);
  return { status: 200, headers, body: encodeText(page) };
}

function showLiveOrAsset(context: HttpContext, asked: Asked, file: string): HttpResponse {
  const extension = extensionOf(file);
  const container = CONTAINERS.get(extension);
  if (container !== undefined) {
    return play(context, asked, file.slice(0, -extension.length - 1), container);
  }
  const asset = context.assets.get(`${asked.target.application}/${file}`);
  if (asset === undefined) {
    throw new HttpError(404, `${asked.target.application}/${file} doesn't exist`);
  }
  const type = contentTypeOf(file);
  const headers = headersOf(asked, ["content-type", type], ["cache-control", "max-age=3600"]);
  return { status: 200, headers, body: encodeText(asset) };
}

/** A live publication under the name of a file that does not exist. */
function play(context: HttpContext, asked: Asked, name: string, form: Container): HttpResponse {
  const headers = headersOf(asked, ["content-type", form.type], ["cache-control", "no-store"]);
  if (asked.method === "HEAD") return { status: 200, headers };
  const { client } = asked.seat;
  const body = new LiveStream(context.hub, client, name, parametersOf(asked), form);
  return { status: 200, headers, body };
}
