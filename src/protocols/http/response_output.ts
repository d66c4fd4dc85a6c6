import type { TcpConnection } from "../../net/mod.ts";
import type { HttpContext } from "./context.ts";
import { JOINED_BODY, PIECED_BODY } from "./params.ts";
import { PartsSource } from "./parts_source.ts";
import type { Upgrade } from "./resource.ts";
import type { WireDump } from "./wire_dump.ts";
import { type BodySource, encodeHead, type HttpResponse } from "./wire/response.ts";
import { SharedResponse } from "./wire/shared_response.ts";

/** Where the responses of one connection are framed and sent. */
export class ResponseOutput {
  /** The connection ends after the response under way, and its head says so. */
  isLast = false;
  readonly #context: HttpContext;
  readonly #connection: TcpConnection;
  readonly #wire: WireDump | undefined;

  constructor(context: HttpContext, connection: TcpConnection, wire: WireDump | undefined) {
    this.#context = context;
    this.#connection = connection;
    this.#wire = wire;
  }

  /**
   * Sends the head, and a body that is there, without one for HEAD. Returns a body that is made while
   * it is sent: that is for the caller to send.
   */
  send(whole: HttpResponse, isHead: boolean): BodySource | undefined {
    const { outbox } = this.#connection;
    if (whole instanceof SharedResponse && !this.isLast && !isHead) {
      const framed = whole.framed(this.#context.date());
      this.#dump(framed, whole.body.length);
      outbox.send(framed);
      return undefined;
    }
    const response = isHead ? withoutBody(whole) : whole;
    const { body } = response;
    const bytes = body instanceof Uint8Array ? body : undefined;
    const source = body instanceof Uint8Array ? undefined : body;
    const joined = bytes !== undefined && bytes.length <= JOINED_BODY ? bytes : undefined;
    if (source !== undefined && source.length === undefined) this.isLast = true;
    const head = this.#encode(response, joined);
    if (head === undefined) {
      source?.close();
      return undefined;
    }
    this.#dump(head, joined?.length ?? 0);
    outbox.send(head);
    if (bytes === undefined || joined !== undefined) return source;
    if (bytes.length > PIECED_BODY) return new PartsSource([bytes]);
    outbox.send(bytes);
    return undefined;
  }

  /** Undefined when another head was sent in its place, since it cannot be. */
  #encode(response: HttpResponse, joined: Uint8Array | undefined): Uint8Array | undefined {
    const date = this.#context.date();
    try {
      return encodeHead(response, date, this.isLast, joined);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#context.log.error(`a header that cannot be sent: ${error.message}`);
      this.isLast = true;
      const failure = encodeHead({ status: 500, headers: [] }, date, true, undefined);
      this.#dump(failure, 0);
      this.#connection.outbox.send(failure);
      return undefined;
    }
  }

  /** @param body bytes at the end that are none of the head */
  #dump(framed: Uint8Array, body: number): void {
    this.#wire?.head("sent", framed.subarray(0, framed.length - body));
  }
}

/** What HEAD is answered where GET would have this response. */
function withoutBody({ body, ...response }: HttpResponse): HttpResponse {
  if (body === undefined) return response;
  if (!(body instanceof Uint8Array)) body.close();
  return body.length === undefined ? response : { ...response, length: body.length };
}

/** Ends an answer whose connection is over. */
export function discard(answer: HttpResponse | Upgrade): void {
  if ("tunnel" in answer) return answer.tunnel.onClosed(undefined);
  if (answer.body !== undefined && !(answer.body instanceof Uint8Array)) answer.body.close();
}
