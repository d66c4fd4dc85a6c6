import { andThen, type Later } from "../base/mod.ts";
import {
  type Hls,
  type HlsAnswer,
  type HlsTarget,
  hlsTarget,
  sizeOf,
} from "../protocols/hls/mod.ts";
import {
  acceptedEncodings,
  type HeaderList,
  type HttpRequest,
  type HttpResponse,
  PartsSource,
  type Resource,
  SharedResponse,
} from "../protocols/http/mod.ts";

const PLAYLIST = ".m3u8";

/** What a session of HLS asks for again and again: its playlists, segments and parts. */
export class HlsMedia implements Resource {
  readonly isPolled = true;
  readonly #hls: Hls;
  /** The one that was looked at last. */
  #text = "";
  #target: HlsTarget | undefined;
  /** Answers that are ready to be sent, with the headers that the listener adds. */
  readonly #shared = new WeakMap<HlsAnswer, { common: HeaderList; response: SharedResponse }>();

  constructor(hls: Hls) {
    this.#hls = hls;
  }

  wants({ method, head }: HttpRequest): boolean {
    return (method === "GET" || method === "HEAD") && this.#targetOf(head.target) !== undefined;
  }

  respond(request: HttpRequest): Later<HttpResponse> | undefined {
    const target = this.#targetOf(request.head.target);
    if (target === undefined) return undefined;
    const answer = this.#hls.answer(target, hlsRequestOf(request));
    if (!(answer instanceof Promise)) return this.#responseOf(request, answer);
    return answer.then((answer) => this.#responseOf(request, answer));
  }

  #targetOf(text: string): HlsTarget | undefined {
    if (this.#text !== text) {
      this.#target = hlsTarget(text);
      this.#text = text;
    }
    return this.#target;
  }

  #responseOf(request: HttpRequest, answer: HlsAnswer): HttpResponse {
    const { status, body, isShared } = answer;
    const bytes = "file" in body ? undefined : body[0];
    if (isShared !== true || bytes === undefined) return responseOf(request, answer);
    const common = request.commonHeaders;
    const known = this.#shared.get(answer);
    if (known !== undefined && isSame(known.common, common)) return known.response;
    const response = new SharedResponse(status, headersOf(request, answer), bytes);
    this.#shared.set(answer, { common, response });
    return response;
  }
}

/** GET and HEAD of `name.m3u8`: the publication of that name, for a player that comes. */
export class HlsStreams implements Resource {
  readonly #hls: Hls;

  constructor(hls: Hls) {
    this.#hls = hls;
  }

  wants({ method, url }: HttpRequest): boolean {
    return (method === "GET" || method === "HEAD") && url.name.endsWith(PLAYLIST);
  }

  respond(request: HttpRequest): Later<HttpResponse> | undefined {
    request.targetStream();
    const { application, name, query } = request.target;
    if (!this.#hls.offers(application)) return undefined;
    const play = { name: name.slice(0, -PLAYLIST.length), query };
    const client = () => request.clientInfo();
    return andThen(
      this.#hls.play({ ...hlsRequestOf(request), ...play, client }),
      (answer) => responseOf(request, answer),
    );
  }
}

function hlsRequestOf({ method, fields }: HttpRequest): { isHead: boolean; takesGzip: boolean } {
  const accepted = fields.get("accept-encoding");
  const takesGzip = accepted !== undefined && acceptedEncodings(accepted).has("gzip");
  return { isHead: method === "HEAD", takesGzip };
}

function responseOf(request: HttpRequest, answer: HlsAnswer): HttpResponse {
  const { status, body } = answer;
  const headers = headersOf(request, answer);
  if ("file" in body) {
    const whole = { start: 0, end: body.length };
    return { status, headers, body: new PartsSource([whole], body.file) };
  }
  if (request.method === "HEAD") return { status, headers, length: sizeOf(answer) };
  const [first] = body;
  if (body.length > 1) return { status, headers, body: new PartsSource(body) };
  return { status, headers, ...(first === undefined ? {} : { body: first }) };
}

function headersOf(request: HttpRequest, { headers }: HlsAnswer): HeaderList {
  return request.headers(...headers.map(([name, value]): [string, string] => [name, value]));
}

function isSame(one: HeaderList, other: HeaderList): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  return one.every(([name, value], at) => name === other[at]![0] && value === other[at]![1]);
}
