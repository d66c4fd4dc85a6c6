import { andThen, type Later } from "../base/mod.ts";
import { type Hls, type HlsAnswer, type HlsRequest, hlsTarget } from "../protocols/hls/mod.ts";
import {
  acceptedEncodings,
  type HttpRequest,
  type HttpResponse,
  PartsSource,
  type Resource,
} from "../protocols/http/mod.ts";

const PLAYLIST = ".m3u8";

/** What a session of HLS asks for again and again: its playlists, segments and parts. */
export class HlsMedia implements Resource {
  readonly isPolled = true;
  readonly #hls: Hls;

  constructor(hls: Hls) {
    this.#hls = hls;
  }

  wants({ method, head }: HttpRequest): boolean {
    return (method === "GET" || method === "HEAD") && hlsTarget(head.target) !== undefined;
  }

  respond(request: HttpRequest): Later<HttpResponse> | undefined {
    const target = hlsTarget(request.head.target);
    if (target === undefined) return undefined;
    return responseOf(request, this.#hls.answer(target, hlsRequest(request)));
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
    if (!this.#hls.offers(request.target.application)) return undefined;
    const name = request.target.name.slice(0, -PLAYLIST.length);
    const client = () => request.clientInfo();
    return responseOf(request, this.#hls.play({ ...hlsRequest(request), name, client }));
  }
}

function hlsRequest(request: HttpRequest): HlsRequest {
  return {
    isHead: request.method === "HEAD",
    query: request.parameters,
    takesGzip: acceptedEncodings(request.fields.get("accept-encoding")).has("gzip"),
  };
}

function responseOf(request: HttpRequest, answer: Later<HlsAnswer>): Later<HttpResponse> {
  return andThen(answer, ({ status, headers, body }) => {
    const sent = request.headers(
      ...headers.map(([name, value]): [string, string] => [name, value]),
    );
    if (request.method === "HEAD") {
      return { status, headers: sent, length: body.reduce((sum, { length }) => sum + length, 0) };
    }
    const [first] = body;
    if (body.length > 1) return { status, headers: sent, body: new PartsSource(body) };
    return { status, headers: sent, ...(first === undefined ? {} : { body: first }) };
  });
}
