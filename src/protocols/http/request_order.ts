import { ENDLESS_TURN, type Turn } from "../../net/mod.ts";
import {
  TUNNEL_AHEAD,
  TUNNEL_AHEAD_BYTES,
  TUNNEL_GAP_TIMEOUT,
  TUNNEL_KEPT_ANSWERS,
} from "./params.ts";
import { HttpError } from "./wire/error.ts";
import type { HttpResponse } from "./wire/response.ts";

type Answer = HttpResponse | Promise<HttpResponse>;
type Run = (body: Uint8Array, turn: Turn) => Answer;

/** A request that came before one that it follows. */
interface Held {
  readonly body: Uint8Array;
  readonly run: Run;
  readonly answer: PromiseWithResolvers<HttpResponse>;
}

/**
 * The requests of one tunnel in the order of their numbers, over whatever connections they come.
 * One that comes again, because its answer was lost, has the same answer and is not taken twice.
 */
export class RequestOrder {
  /** The number of the next request; undefined before the first. */
  #next: number | undefined;
  readonly #held: Map<number, Held> = new Map();
  #heldBytes = 0;
  /** When the first of those that are held came. */
  #heldSince = 0;
  /** The newest answers, by their numbers. */
  readonly #answers: Map<number, Answer> = new Map();

  /**
   * Runs a request when its turn comes: at once, unless one before it is missing.
   * @param sequence undefined for a client that does not count
   * @param body valid during the call, and during `run`
   * @throws HttpError 503 when too much waits for one that is missing
   */
  take(
    sequence: number | undefined,
    body: Uint8Array,
    turn: Turn,
    now: number,
    run: Run,
  ): Answer {
    if (sequence === undefined) return run(body, turn);
    // Clients begin with 0 or 1.
    this.#next ??= Math.min(sequence, 1);
    const known = this.#answers.get(sequence) ?? this.#held.get(sequence)?.answer.promise;
    if (known !== undefined) return known;
    // Too old to be repeated: what it brought was taken, and what it was told is gone.
    if (sequence < this.#next) throw new HttpError(409, `Request ${sequence} was answered already`);
    if (sequence > this.#next) return this.#hold(sequence, body, now, run);
    const answer = this.#run(sequence, body, turn, run);
    this.#goOn(turn);
    return answer;
  }

  /** A number that never comes is not waited for without end. */
  sweep(now: number): void {
    if (this.#held.size === 0 || now - this.#heldSince < TUNNEL_GAP_TIMEOUT) return;
    this.#next = Math.min(...this.#held.keys());
    this.#goOn(ENDLESS_TURN);
    this.#heldSince = now;
  }

  /** The tunnel is over. */
  end(): void {
    for (const { answer } of this.#held.values()) {
      answer.reject(new HttpError(404, "This session is over"));
    }
    this.#held.clear();
    this.#answers.clear();
  }

  #hold(
    sequence: number,
    body: Uint8Array,
    now: number,
    run: Run,
  ): Promise<HttpResponse> {
    if (this.#held.size === 0) this.#heldSince = now;
    if (
      this.#held.size >= TUNNEL_AHEAD || this.#heldBytes + body.length > TUNNEL_AHEAD_BYTES
    ) {
      throw new HttpError(503, `Request ${this.#next} is missing`);
    }
    const answer = Promise.withResolvers<HttpResponse>();
    this.#held.set(sequence, { body: body.slice(), run, answer });
    this.#heldBytes += body.length;
    return answer.promise;
  }

  #run(
    sequence: number,
    body: Uint8Array,
    turn: Turn,
    run: Run,
  ): Answer {
    this.#next = sequence + 1;
    const response = run(body, turn);
    this.#answers.set(sequence, response);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= TUNNEL_KEPT_ANSWERS) break;
      this.#answers.delete(oldest);
    }
    return response;
  }

  /** Runs those that waited for the one that came. */
  #goOn(turn: Turn): void {
    for (;;) {
      const sequence = this.#next ?? 0;
      const held = this.#held.get(sequence);
      if (held === undefined) return;
      this.#held.delete(sequence);
      this.#heldBytes -= held.body.length;
      try {
        held.answer.resolve(this.#run(sequence, held.body, turn, held.run));
      } catch (error) {
        held.answer.reject(error);
      }
    }
  }
}
