import { type Later } from "../../base/mod.ts";
import type { Turn } from "../../net/mod.ts";
import type { HttpRequest } from "./request.ts";
import type { HttpResponse } from "./wire/response.ts";

/** What goes on on a connection that no longer speaks HTTP. */
export interface Tunnel {
  /** Returns how many bytes were taken before the turn was over, nothing for all. */
  onData(bytes: Uint8Array, turn: Turn): number | void;
  /** The connection is over; called once, with a reason when it broke. */
  onClosed(reason: string | undefined): void;
  /** Looks at the time, once a second. */
  sweep(now: number): void;
  /** The server stops. */
  close(): void;
}

/** What goes on after the response, and the WebSocket subprotocol that was chosen. */
export interface Upgrade {
  readonly tunnel: Tunnel & { open(): void };
  readonly protocol?: string;
}

/** What a resource makes of a request; undefined leaves it to those behind it. */
export type Answer = HttpResponse | Upgrade | undefined;

/** What takes a request's body as it comes. */
export interface BodySink {
  /** The next bytes, valid during the call. */
  receivePart(bytes: Uint8Array): void;
  /** The body is whole. */
  end(): HttpResponse | Promise<HttpResponse>;
  /** The body breaks off: {@link end} is not called. */
  close(): void;
}

/**
 * What answers requests of one kind. A listener asks its resources in their order, and the first
 * that gives an answer has the request. What they throw, an HttpError or a Refusal, is an answer too.
 */
export interface Resource {
  /** A client of the application that the request is for is connected before this is asked. */
  readonly needsClient?: boolean;
  /** Its clients ask without end on one connection: `maxRequests` does not count them. */
  readonly isPolled?: boolean;
  /** Whether a request may be its own, by its head alone. */
  wants(request: HttpRequest): boolean;
  /** Takes the body as it comes; without it the body is kept, and {@link respond} gets it whole. */
  receive?(request: HttpRequest): Later<BodySink>;
  /**
   * For a client that waits with its body for `100 Continue`: resolves when it may send, refuses
   * what would be refused whatever it sends. Undefined leaves the request to the resources behind;
   * a resource without this lets the body come.
   */
  expect?(request: HttpRequest): Promise<void> | undefined;
  /**
   * Answers a request that is whole.
   * @param body valid during the call; a resource that gives undefined later passes on what it
   * gave to {@link HttpRequest.keep}
   */
  respond?(request: HttpRequest, body: Uint8Array, turn: Turn): Later<Answer>;
  /** Looks at the time, once a second. */
  sweep?(now: number): void;
  /** The listener closes. */
  close?(): void;
}
