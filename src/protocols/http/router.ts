import { errorStack, type Later } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { hostOf, Refusal } from "../../hub/mod.ts";
import { ENDLESS_TURN, type HeldInput, type TcpConnection, type Turn } from "../../net/mod.ts";
import { ClientBinder } from "./client_binder.ts";
import type { HttpContext } from "./context.ts";
import { clientOf } from "./forwarded.ts";
import { METHODS } from "./cors.ts";
import { logRefusal, statusOf } from "./refusals.ts";
import { HttpRequest } from "./request.ts";
import type { Answer, BodySink, Upgrade } from "./resource.ts";
import { HttpError } from "./wire/error.ts";
import type { RequestHead } from "./wire/request_reader.ts";
import type { HeaderList, HttpResponse } from "./wire/response.ts";

const UNDERSTOOD: ReadonlySet<string> = new Set(METHODS.split(", "));

/** RFC 7617: browsers and FFmpeg show the key of a URL only when they are asked. */
const CHALLENGE = 'Basic realm="MonaServer", charset="UTF-8"';

type Final = HttpResponse | Upgrade;

/** Leads the requests of one connection to the resources that answer them. */
export class Router {
  readonly #context: HttpContext;
  readonly #connection: TcpConnection;
  readonly #binder: ClientBinder;

  /**
   * @param requests where those of the connection wait
   * @param onClose told when a script closes its client
   */
  constructor(
    context: HttpContext,
    connection: TcpConnection,
    requests: HeldInput,
    onClose: () => void,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#binder = new ClientBinder(context, requests, onClose);
  }

  /** Milliseconds of silence that the connection may have. */
  get timeout(): number {
    const timeout = this.#binder.overrides?.timeout ?? this.#context.settings.timeout;
    return timeout === 0 ? Infinity : timeout;
  }

  /** @throws HttpError 403 for a client that is banned, behind a proxy that is not */
  newRequest(head: RequestHead): HttpRequest {
    const { settings, trust, hub } = this.#context;
    let connection = this.#connection;
    if (trust !== undefined) {
      const remote = clientOf(connection.remote, head.fields, trust);
      if (remote !== connection.remote) connection = { ...connection, remote };
      if (hub?.bans.isBanned(hostOf(remote))) throw new HttpError(403, "Not from this address");
    }
    return new HttpRequest(head, connection, this.#binder, settings);
  }

  /** Whether a request does not count towards `maxRequests`. */
  isPolled(request: HttpRequest): boolean {
    return this.#context.resources[request.resource]?.isPolled === true;
  }

  /** Where a body goes as it comes; undefined for one that is kept whole. */
  receive(request: HttpRequest): Later<BodySink> | undefined {
    const resource = this.#context.resources[this.#first(request)];
    return resource?.receive?.(request);
  }

  /**
   * For a client that waits with its body: resolves when it may send, refuses what would be refused
   * whatever the body is.
   * @throws (or rejects with) what {@link failure} makes an answer of
   */
  expect(request: HttpRequest): Promise<void> | undefined {
    return this.#expectFrom(this.#first(request), request);
  }

  #expectFrom(first: number, request: HttpRequest): Promise<void> | undefined {
    const { resources } = this.#context;
    for (let at = first; at < resources.length; at = this.#find(request, at + 1)) {
      const resource = resources[at]!;
      if (resource.expect === undefined) return undefined;
      const bound = resource.needsClient ? request.bind() : undefined;
      if (bound instanceof Promise) return bound.then(() => this.#expectFrom(at, request));
      const decision = resource.expect(request);
      if (decision !== undefined) return decision;
    }
    throw unanswered(request);
  }

  /**
   * Answers a request, or throws what {@link failure} makes an answer of.
   * @param body valid during the call
   */
  answer(request: HttpRequest, body: Uint8Array, turn: Turn): Later<Final> {
    return this.#answerFrom(this.#first(request), request, body, turn);
  }

  #answerFrom(
    first: number,
    request: HttpRequest,
    body: Uint8Array,
    turn: Turn,
  ): Later<Final> {
    const { resources } = this.#context;
    for (let at = first; at < resources.length; at = this.#find(request, at + 1)) {
      const resource = resources[at]!;
      const bound = resource.needsClient ? request.bind() : undefined;
      if (bound instanceof Promise) {
        const kept = request.keep(body);
        return bound.then(() => this.#answerFrom(at, request, kept, ENDLESS_TURN));
      }
      const answer = resource.respond?.(request, body, turn);
      if (answer instanceof Promise) return this.#awaitAnswer(answer, at, request);
      if (answer !== undefined) return answer;
    }
    throw unanswered(request);
  }

  async #awaitAnswer(answer: Promise<Answer>, at: number, request: HttpRequest): Promise<Final> {
    return await answer ??
      await this.#answerFrom(this.#find(request, at + 1), request, request.kept, ENDLESS_TURN);
  }

  /** The response to a request that was refused, or that broke something of ours. */
  failure(request: HttpRequest | undefined, error: unknown): HttpResponse {
    const headers: HeaderList = [
      ...(request === undefined ? [] : request.commonHeaders),
      ["content-type", "text/plain; charset=utf-8"],
    ];
    const text = (status: number, message: string): HttpResponse => {
      return { status, headers, body: encodeText(`${message}\n`) };
    };
    if (error instanceof HttpError) {
      headers.push(...error.headers);
      return text(error.status, error.message);
    }
    const log = this.#context.log.child((request?.connection ?? this.#connection).remote);
    if (error instanceof Refusal) {
      logRefusal(log, error);
      if (error.reason === "unknown") headers.push(["www-authenticate", CHALLENGE]);
      if (error.redirect === undefined) return text(statusOf(error), error.message);
      headers.push(["location", error.redirect]);
      return text(307, error.message);
    }
    log.error(errorStack(error));
    return text(500, "Internal server error");
  }

  /** The connection is over. */
  close(): void {
    this.#binder.close();
  }

  /** Where the first resource is that wants a request; behind the last one for none. */
  #first(request: HttpRequest): number {
    if (request.resource === -1) request.resource = this.#find(request, 0);
    return request.resource;
  }

  #find(request: HttpRequest, from: number): number {
    const { resources } = this.#context;
    let at = from;
    while (at < resources.length && !resources[at]!.wants(request)) at++;
    return at;
  }
}

/** What a request is told that no resource answers. */
function unanswered(request: HttpRequest): HttpError {
  const { method, target } = request;
  if (UNDERSTOOD.has(method)) {
    return new HttpError(404, `${target.application}/${request.file} doesn't exist`);
  }
  return new HttpError(405, `${method} is not understood here`, [["allow", METHODS]]);
}
