import { encodeText } from "../../bytes/mod.ts";
import { Refusal } from "../../hub/mod.ts";
import { CONTAINERS } from "../../media/mod.ts";
import type { HeldInput, TcpConnection, Turn } from "../../net/mod.ts";
import { decodeBody } from "./body.ts";
import { callByBody, statusOf } from "./call.ts";
import type { HttpContext, SocketRefusal, Upgrade } from "./context.ts";
import { corsHeaders, METHODS, preflight, wantedMethod } from "./cors.ts";
import { checkHandshake, offeredProtocols, wantsSocket } from "./handshake.ts";
import { HttpProperties } from "./properties.ts";
import { read } from "./read.ts";
import type { Asked } from "./request.ts";
import { type HttpClientInfo, Seat } from "./seat.ts";
import {
  accepts,
  isMedia,
  type MediaUpload,
  notWritable,
  placeFor,
  publish,
  storeFile,
} from "./store.ts";
import { extensionOf, parseTarget, type Target } from "./target.ts";
import { HttpError } from "./wire/error.ts";
import type { Fields } from "./wire/fields.ts";
import type { RequestHead } from "./wire/request_reader.ts";
import type { HeaderList, HttpResponse } from "./wire/response.ts";

const UNDERSTOOD: ReadonlySet<string> = new Set(METHODS.split(", "));

function notUnderstood(method: string): HttpError {
  return new HttpError(405, `${method} is not understood here`, [["allow", METHODS]]);
}

/** Leads the requests of one connection to its client and to what answers them. */
export class Router {
  readonly #context: HttpContext;
  readonly #connection: TcpConnection;
  readonly #requests: HeldInput;
  readonly #onEnd: () => void;
  #seat: Seat | undefined;
  /** The target that {@link #targetOf} was asked for last, and its parts. */
  #target = "";
  #parsed: Target | undefined;
  /** Whether the body of the request with those fields is a file. */
  #decided: { readonly fields: Fields; readonly isFile: boolean } | undefined;

  /**
   * @param requests where those of the connection wait
   * @param onEnd told when a script closes its client
   */
  constructor(
    context: HttpContext,
    connection: TcpConnection,
    requests: HeldInput,
    onEnd: () => void,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#requests = requests;
    this.#onEnd = onEnd;
  }

  /** Milliseconds of silence that the connection may have. */
  get timeout(): number {
    const { settings } = this.#context;
    const seconds = this.#seat?.wishes.timeout ?? settings.timeout;
    return seconds === 0 ? Infinity : seconds * 1000;
  }

  /** True for a request of an RTMP tunnel, which lasts longer than any connection of it. */
  isTunnel({ method, target }: RequestHead): boolean {
    return method === "POST" && this.#context.tunnels?.isFor(target) === true;
  }

  /** Where the body goes when it is a publication; undefined for every other request. */
  upload(head: RequestHead, onClosed: () => void): MediaUpload | undefined {
    if ((head.method !== "PUT" && head.method !== "POST") || head.length === 0) return undefined;
    const target = this.#targetOf(head);
    if (!isMedia(head.fields, target.name)) return undefined;
    return publish(this.#context, this.#ask(head, this.#streamBelow(target)), onClosed);
  }

  /** The answer to a publication whose body is whole. */
  stored(head: RequestHead, upload: MediaUpload): HttpResponse {
    upload.end();
    return { status: 204, headers: this.#common(head) };
  }

  /**
   * Answers a request, or throws what {@link failure} makes an answer of.
   * @param body valid during the call
   */
  answer(
    head: RequestHead,
    body: Uint8Array,
    turn: Turn,
  ): HttpResponse | Upgrade | Promise<HttpResponse> {
    const { method } = head;
    if (method === "OPTIONS") return this.#preflight(head);
    if (method === "POST") {
      const { remote, local } = this.#connection;
      const tunnelled = this.#context.tunnels?.answer(head.target, body, turn, remote, local);
      if (tunnelled !== undefined) return tunnelled;
    }
    const target = this.#placeOf(head);
    if (wantsSocket(head)) return this.#upgrade(head, target);
    switch (method) {
      case "GET":
      case "HEAD":
        return read(this.#context, this.#ask(head, target));
      case "POST":
      case "PUT":
        return this.#take(head, target, body, turn);
      default:
        throw notUnderstood(method);
    }
  }

  /**
   * Refuses what would be refused whatever the body is, for who waits with it. Resolves when it may
   * come.
   * @throws (or rejects with) what {@link failure} makes an answer of
   */
  expect(head: RequestHead): Promise<void> | undefined {
    const { method } = head;
    if (!UNDERSTOOD.has(method)) throw notUnderstood(method);
    if (this.isTunnel(head) || (method !== "PUT" && method !== "POST")) return undefined;
    const asked = this.#ask(head, this.#placeOf(head));
    if (!this.#isFile(asked)) return undefined;
    return placeFor(this.#context.files, asked).then(() => {});
  }

  /** The response to a request that was refused, or that broke something of ours. */
  failure(head: RequestHead | undefined, error: unknown): HttpResponse {
    const headers: HeaderList = [
      ...(head === undefined ? [] : this.#common(head)),
      ["content-type", "text/plain; charset=utf-8"],
    ];
    const text = (status: number, message: string): HttpResponse => {
      return { status, headers, body: encodeText(`${message}\n`) };
    };
    if (error instanceof HttpError) {
      headers.push(...error.headers);
      return text(error.status, error.message);
    }
    const { log } = this.#context;
    if (error instanceof Refusal) {
      this.#logRefusal(error);
      if (error.redirect === undefined) return text(statusOf(error), error.message);
      headers.push(["location", error.redirect]);
      return text(307, error.message);
    }
    log.child(this.#connection.remote)
      .error(`${error instanceof Error ? error.stack : error}`);
    return text(500, "Internal server error");
  }

  /** The connection is over. */
  close(): void {
    this.#seat?.leave();
    this.#seat = undefined;
  }

  /** POST and PUT, whose body may be compressed. */
  #take(
    head: RequestHead,
    target: Target,
    body: Uint8Array,
    turn: Turn,
  ): HttpResponse | Promise<HttpResponse> {
    const asked = this.#ask(head, target);
    const { clock, settings } = this.#context;
    const decoded = decodeBody(head.fields, body, settings.maxBody, clock);
    if (!(decoded instanceof Promise)) return this.#taken(asked, decoded, turn);
    return decoded.then((decoded) => this.#taken(asked, decoded));
  }

  /** PUT is a file; POST is one too when it names one that the script accepts, else a call. */
  #taken(asked: Asked, body: Uint8Array, turn?: Turn): HttpResponse | Promise<HttpResponse> {
    return this.#isFile(asked)
      ? storeFile(this.#context, asked, body)
      : callByBody(this.#context, asked, body, turn);
  }

  /** A script is asked once for each request. @throws HttpError 403 for a PUT of what is no file */
  #isFile(asked: Asked): boolean {
    if (this.#decided?.fields === asked.fields) return this.#decided.isFile;
    const { method, target: { name }, seat } = asked;
    const { handler } = this.#context.hub;
    const isNamed = method === "PUT" ||
      (extensionOf(name) !== "" && !handler.hasMethod(seat.client, name));
    const isFile = isNamed && accepts(this.#context, asked);
    if (method === "PUT" && !isFile) throw notWritable(asked);
    this.#decided = { fields: asked.fields, isFile };
    return isFile;
  }

  #upgrade(head: RequestHead, place: Target): Upgrade {
    const { sockets } = this.#context;
    if (sockets === undefined) throw new HttpError(501, "WebSockets are switched off");
    checkHandshake(head);
    const { outbox, input, remote, local } = this.#connection;
    const { application, name } = this.#targetOf(head);
    const peer = { address: remote, serverAddress: local };
    const carried = sockets.carry(
      `${application}/${name}`,
      offeredProtocols(head),
      peer,
      outbox,
      input,
    );
    if (carried !== undefined) return carried;
    try {
      const info = { ...this.#infoOf(head, place), protocol: "WebSocket" as const };
      return sockets.upgrade(info, place.name, outbox, input);
    } catch (error) {
      return sockets.refuse(this.#socketRefusal(error), outbox);
    }
  }

  /** @throws what is no refusal */
  #socketRefusal(error: unknown): SocketRefusal {
    if (error instanceof HttpError) {
      const { status, message: description } = error;
      return { status, code: "NetConnection.Connect.InvalidApp", description };
    }
    if (!(error instanceof Refusal)) throw error;
    this.#logRefusal(error);
    const { code, message: description, redirect } = error;
    const object = code.startsWith("Play.") ? "NetStream" : "NetConnection";
    return { status: statusOf(error), code: `${object}.${code}`, description, redirect };
  }

  #logRefusal({ message, reason }: Refusal): void {
    if (reason === "busy") return;
    this.#context.log.child(this.#connection.remote).info(`refused: ${message}`);
  }

  /** OPTIONS: the settings answer, unless a script has its own word on who may ask there. */
  #preflight(head: RequestHead): HttpResponse {
    const { fields, target } = head;
    const method = wantedMethod(fields);
    const own = method === undefined || target === "*"
      ? undefined
      : this.#originsFor({ ...head, method });
    return preflight(fields, corsHeaders(own ?? this.#context.settings.crossOrigin, fields));
  }

  /**
   * What the application of a request says of other origins. Who is not this connection's client is
   * one for as long as it takes to ask: what a preflight brings must not stand for what follows it.
   */
  #originsFor(head: RequestHead): string | undefined {
    const place = this.#placeOf(head);
    if (this.#isSeated(place)) return this.#seat?.wishes.origins;
    try {
      const seat = this.#seatOf(head, place);
      seat.leave();
      return seat.wishes.origins;
    } catch (error) {
      if (error instanceof Refusal || error instanceof HttpError) return undefined;
      throw error;
    }
  }

  /** The parts of a request's target, which are asked for more than once. */
  #targetOf({ target }: RequestHead): Target {
    if (this.#parsed === undefined || this.#target !== target) {
      this.#parsed = parseTarget(target);
      this.#target = target;
    }
    return this.#parsed;
  }

  /** The application that a request is for, and what it wants there. */
  #placeOf(head: RequestHead): Target {
    const target = this.#targetOf(head);
    const extension = extensionOf(target.name);
    if (CONTAINERS.has(extension)) return this.#streamBelow(target);
    const isName = extension !== "" || target.name === "";
    if (isName || (head.method !== "POST" && !wantsSocket(head))) return target;
    return this.#folderFirst(target);
  }

  /** A path whose last component is an application leads to it, slash or not. */
  #folderFirst(target: Target): Target {
    const below = `${target.application}/${target.name}`;
    if (!this.#context.hub.handler.hasApplication(below)) return target;
    return { ...target, application: below, name: "" };
  }

  /** A stream whose name goes on where the path of an application ends: `/app/dir/name.flv`. */
  #streamBelow(target: Target): Target {
    const { handler } = this.#context.hub;
    let { application, name } = target;
    while (application !== "" && !handler.hasApplication(application)) {
      const slash = application.lastIndexOf("/");
      name = `${application.slice(slash + 1)}/${name}`;
      application = application.slice(0, slash);
    }
    // Below the root every wrong path would be a name: it stays an application that is missing.
    return application === "" ? target : { ...target, application, name };
  }

  #ask(head: RequestHead, target: Target): Asked {
    const seat = this.#seatFor(head, target);
    return {
      method: head.method,
      fields: head.fields,
      target,
      seat,
      common: this.#common(head),
      index: seat.wishes.index ?? this.#context.settings.index,
    };
  }

  /** Headers of every response, as the script wants them that accepted the client. */
  #common({ fields }: RequestHead): HeaderList {
    return corsHeaders(this.#seat?.wishes.origins ?? this.#context.settings.crossOrigin, fields);
  }

  /** The client of this request: the connection's, or a new one for another place. */
  #seatFor(head: RequestHead, target: Target): Seat {
    if (this.#seat !== undefined && this.#isSeated(target)) {
      this.#seat.refresh(head.fields);
      return this.#seat;
    }
    this.close();
    return this.#seat = this.#seatOf(head, target);
  }

  #isSeated({ application, query }: Target): boolean {
    const client = this.#seat?.client;
    return client?.path === application && client.query === query;
  }

  #seatOf(head: RequestHead, target: Target): Seat {
    const { clock, hub } = this.#context;
    return new Seat(hub, clock, this.#infoOf(head, target), this.#requests, this.#onEnd);
  }

  #infoOf({ fields }: RequestHead, { application, query }: Target): HttpClientInfo {
    if (!this.#context.hub.handler.hasApplication(application)) {
      throw new HttpError(404, `Application ${application} doesn't exist`);
    }
    return {
      protocol: "HTTP",
      address: this.#connection.remote,
      serverAddress: this.#connection.local,
      path: application,
      query,
      properties: new HttpProperties(fields, query),
      pageUrl: fields.get("referer") ?? "",
    };
  }
}
