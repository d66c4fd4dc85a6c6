import { BoundedMap } from "../../base/mod.ts";
import { ENDLESS_TURN, type Turn } from "../../net/mod.ts";
import {
  TUNNEL_AHEAD,
  TUNNEL_AHEAD_BYTES,
  TUNNEL_GAP_TIMEOUT,
  TUNNEL_KEPT_RESPONSES,
} from "./params.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

type Response = HttpResponse | Promise<HttpResponse>;
type Run = (body: Uint8Array, turn: Turn) => Response;

/** A request of a tunnel. */
export interface NumberedRequest {
  /** Undefined for a client that does not count. */
  readonly sequence: number | undefined;
  /** Valid until {@link RequestOrder.accept} returns, and during {@link run}. */
  readonly body: Uint8Array;
  readonly turn: Turn;
  readonly now: number;
  readonly run: Run;
}

/** A request that came before one that it follows. */
interface EarlyRequest {
  readonly body: Uint8Array;
  readonly run: Run;
  readonly response: PromiseWithResolvers<HttpResponse>;
}

/**
 * The requests of one tunnel in the order of their numbers, over whatever connections they come.
 * One that comes again, because its answer was lost, has the same answer and is not taken twice.
 */
export class RequestOrder {
  /** The number of the next request; undefined before the first. */
  #next: number | undefined;
  readonly #early: Map<number, EarlyRequest> = new Map();
  #earlyBytes = 0;
  /** When the first of those came that are early. */
  #earlySince = 0;
  /** The newest responses, by their numbers. */
  readonly #responses = new BoundedMap<number, Response>(TUNNEL_KEPT_RESPONSES);

  /**
   * Runs a request when its turn comes: at once, unless one before it is missing.
   * @throws HttpError 503 when too much waits for one that is missing
   */
  accept({ sequence, body, turn, now, run }: NumberedRequest): Response {
    if (sequence === undefined) return run(body, turn);
    // Clients begin with 0 or 1.
    this.#next ??= Math.min(sequence, 1);
    const known = this.#responses.get(sequence) ?? this.#early.get(sequence)?.response.promise;
    if (known !== undefined) return known;
    // Too old to be repeated: what it brought was taken, and what it was told is gone.
    if (sequence < this.#next) throw new HttpError(409, `Request ${sequence} was answered already`);
    if (sequence > this.#next) return this.#keep(sequence, body, now, run);
    const response = this.#run(sequence, body, turn, run);
    this.#goOn(turn);
    return response;
  }

  /** A number that never comes is not waited for without end. */
  sweep(now: number): void {
    if (this.#early.size === 0 || now - this.#earlySince < TUNNEL_GAP_TIMEOUT) return;
    this.#next = Math.min(...this.#early.keys());
    this.#goOn(ENDLESS_TURN);
    this.#earlySince = now;
  }

  /** The tunnel is over. */
  end(): void {
    for (const { response } of this.#early.values()) {
      response.reject(new HttpError(404, "This session is over"));
    }
    this.#early.clear();
    this.#responses.clear();
  }

  #keep(
    sequence: number,
    body: Uint8Array,
    now: number,
    run: Run,
  ): Promise<HttpResponse> {
    if (this.#early.size === 0) this.#earlySince = now;
    if (
      this.#early.size >= TUNNEL_AHEAD || this.#earlyBytes + body.length > TUNNEL_AHEAD_BYTES
    ) {
      throw new HttpError(503, `Request ${this.#next} is missing`);
    }
    const response = Promise.withResolvers<HttpResponse>();
    this.#early.set(sequence, { body: body.slice(), run, response });
    this.#earlyBytes += body.length;
    return response.promise;
  }

  #run(
    sequence: number,
    body: Uint8Array,
    turn: Turn,
    run: Run,
  ): Response {
    this.#next = sequence + 1;
    const response = run(body, turn);
    this.#responses.set(sequence, response);
    return response;
  }

  /** Runs those that waited for the one that came. */
  #goOn(turn: Turn): void {
    for (;;) {
      const sequence = this.#next ?? 0;
      const early = this.#early.get(sequence);
      if (early === undefined) return;
      this.#early.delete(sequence);
      this.#earlyBytes -= early.body.length;
      try {
        early.response.resolve(this.#run(sequence, early.body, turn, early.run));
      } catch (error) {
        early.response.reject(error);
      }
    }
  }
}
