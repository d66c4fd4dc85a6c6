import { type ClientInfo, Refusal } from "../../hub/mod.ts";
import type { TcpConnection } from "../../net/mod.ts";
import { decodeBody } from "./body.ts";
import { callByBody, statusOf } from "./call.ts";
import type { HttpContext, Upgrade } from "./context.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { checkHandshake, offeredProtocols, wantsSocket } from "./handshake.ts";
import { clientProperties } from "./properties.ts";
import { read } from "./read.ts";
import type { Asked } from "./request.ts";
import { Seat } from "./seat.ts";
import { isMedia, type MediaUpload, publish, storeFile } from "./store.ts";
import { extensionOf, parseTarget, type Target } from "./target.ts";
import { HttpError } from "./wire/error.ts";
import type { RequestHead } from "./wire/request_reader.ts";
import type { HeaderList, HttpResponse } from "./wire/response.ts";

const ALLOWED = "GET, HEAD, POST, PUT, OPTIONS";

/** Leads the requests of one connection to its client and to what answers them. */
export class Router {
  readonly #context: HttpContext;
  readonly #connection: TcpConnection;
  readonly #onEnd: () => void;
  #seat: Seat | undefined;

  /** @param onEnd told when a script closes its client */
  constructor(context: HttpContext, connection: TcpConnection, onEnd: () => void) {
    this.#context = context;
    this.#connection = connection;
    this.#onEnd = onEnd;
  }

  /** Milliseconds of silence that the connection may have. */
  get timeout(): number {
    const { settings } = this.#context;
    const own = Number(this.#seat?.answer["timeout"] ?? settings.timeout);
    const seconds = own >= 0 ? own : settings.timeout;
    return seconds === 0 ? Infinity : seconds * 1000;
  }

  /** Where the body goes when it is a publication; undefined for every other request. */
  upload(head: RequestHead, onClosed: () => void): MediaUpload | undefined {
    if ((head.method !== "PUT" && head.method !== "POST") || head.length === 0) return undefined;
    const target = parseTarget(head.target);
    if (!isMedia(head.fields, target.name)) return undefined;
    return publish(this.#context, this.#ask(head, target), onClosed);
  }

  /** The answer to a publication whose body is whole. */
  stored(head: RequestHead, upload: MediaUpload): HttpResponse {
    upload.end();
    return { status: 204, headers: this.#common(head) };
  }

  /** Answers a request, or throws what {@link failure} makes an answer of. */
  answer(
    head: RequestHead,
    body: Uint8Array<ArrayBuffer>,
  ): HttpResponse | Upgrade | Promise<HttpResponse> {
    const { method } = head;
    if (method === "OPTIONS") return preflight(head.fields, this.#common(head));
    const target = parseTarget(head.target);
    if (wantsSocket(head)) return this.#upgrade(head, target);
    if (method === "POST") {
      const { remote, local } = this.#connection;
      const tunnelled = this.#context.tunnels?.answer(head.target, body, remote, local);
      if (tunnelled !== undefined) return tunnelled;
    }
    switch (method) {
      case "GET":
      case "HEAD":
        return read(this.#context, this.#ask(head, target));
      case "POST":
        return this.#post(head, this.#folderFirst(target), body);
      case "PUT":
        return storeFile(this.#context, this.#ask(head, target), body);
      default:
        throw new HttpError(405, `${method} is not understood here`, [["allow", ALLOWED]]);
    }
  }

  /** The response to a request that was refused, or that broke something of ours. */
  failure(head: RequestHead | undefined, error: unknown): HttpResponse {
    const headers: HeaderList = [
      ...(head === undefined ? [] : this.#common(head)),
      ["content-type", "text/plain; charset=utf-8"],
    ];
    const text = (status: number, message: string): HttpResponse => {
      const body = new TextEncoder().encode(`${message}\n`);
      return head?.method === "HEAD"
        ? { status, headers, length: body.length }
        : { status, headers, body };
    };
    if (error instanceof HttpError) {
      headers.push(...error.headers);
      return text(error.status, error.message);
    }
    if (error instanceof Refusal) {
      if (error.redirect === undefined) return text(statusOf(error), error.message);
      headers.push(["location", error.redirect]);
      return text(307, error.message);
    }
    const { log } = this.#context;
    log.error(`${this.#connection.remote}: ${error instanceof Error ? error.stack : error}`);
    return text(500, "Internal server error");
  }

  /** The connection is over. */
  close(): void {
    this.#seat?.leave();
    this.#seat = undefined;
  }

  #post(
    head: RequestHead,
    target: Target,
    body: Uint8Array<ArrayBuffer>,
  ): HttpResponse | Promise<HttpResponse> {
    const asked = this.#ask(head, target);
    const decoded = decodeBody(head.fields, body, this.#context.settings.maxBody);
    if (!(decoded instanceof Promise)) return callByBody(this.#context, asked, decoded);
    return decoded.then((decoded) => callByBody(this.#context, asked, decoded));
  }

  #upgrade(head: RequestHead, target: Target): Upgrade {
    const { sockets } = this.#context;
    if (sockets === undefined) throw new HttpError(501, "WebSockets are switched off");
    checkHandshake(head);
    const { outbox, remote, local } = this.#connection;
    const path = `${target.application}/${target.name}`;
    const peer = { address: remote, serverAddress: local };
    const carried = sockets.carry(path, offeredProtocols(head), peer, outbox);
    if (carried !== undefined) return carried;
    const place = this.#folderFirst(target);
    const info = { ...this.#infoOf(head, place), protocol: "WebSocket" as const };
    return sockets.upgrade(info, place.name, outbox);
  }

  /** A path whose last component is an application leads to it, slash or not. */
  #folderFirst(target: Target): Target {
    const { application, name } = target;
    if (name === "" || extensionOf(name) !== "") return target;
    const below = `${application}/${name}`;
    if (!this.#context.hub.handler.hasApplication(below)) return target;
    return { ...target, application: below, name: "" };
  }

  #ask(head: RequestHead, target: Target): Asked {
    const seat = this.#seatFor(head, target);
    const { index } = seat.answer;
    return {
      method: head.method,
      fields: head.fields,
      target,
      seat,
      common: this.#common(head),
      index: index === undefined ? this.#context.settings.index : String(index),
    };
  }

  #common({ fields }: RequestHead): HeaderList {
    return corsHeaders(this.#context.settings.crossOrigin, fields);
  }

  /** The client of this request: the connection's, or a new one for another place. */
  #seatFor(head: RequestHead, target: Target): Seat {
    const { application, query } = target;
    const seat = this.#seat;
    if (seat?.client.path === application && seat.client.query === query) {
      seat.refresh(head.fields, query);
      return seat;
    }
    this.close();
    const { clock, hub } = this.#context;
    this.#seat = new Seat(hub, clock, this.#infoOf(head, target), head.fields, this.#onEnd);
    return this.#seat;
  }

  #infoOf({ fields }: RequestHead, { application, query }: Target): ClientInfo {
    if (!this.#context.hub.handler.hasApplication(application)) {
      throw new HttpError(404, `Application ${application} doesn't exist`);
    }
    return {
      protocol: "HTTP",
      address: this.#connection.remote,
      serverAddress: this.#connection.local,
      path: application,
      query,
      properties: clientProperties(fields, query),
      pageUrl: fields.get("referer") ?? "",
    };
  }
}
