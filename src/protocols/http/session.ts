import { NOTHING } from "../../bytes/mod.ts";
import {
  ENDLESS_TURN,
  HeldInput,
  type TcpConnection,
  type TcpHandler,
  type Turn,
  Weight,
} from "../../net/mod.ts";
import { BodyBuffer } from "./body.ts";
import type { HttpContext, Tunnel, Upgrade } from "./context.ts";
import { switchToSocket } from "./handshake.ts";
import {
  HALF_CLOSED_TIMEOUT,
  JOINED_BODY,
  LINGER,
  PIECED_BODY,
  SLOWEST_BODY,
  STALL_TIMEOUT,
} from "./params.ts";
import { PartsSource } from "./parts_source.ts";
import { Router } from "./router.ts";
import type { MediaUpload } from "./store.ts";
import { HttpError } from "./wire/error.ts";
import { listsToken } from "./wire/fields.ts";
import { type RequestHead, RequestReader, type RequestSink } from "./wire/request_reader.ts";
import { type BodySource, CONTINUE, encodeHead, type HttpResponse } from "./wire/response.ts";

/** One HTTP connection: its requests, one after the other, and the time they may take. */
export class HttpSession implements TcpHandler, RequestSink {
  readonly #context: HttpContext;
  readonly #connection: TcpConnection;
  readonly #onClosed: () => void;
  readonly #reader: RequestReader;
  readonly #router: Router;
  /** What waits for its turn, or for a client that is held. */
  readonly #held: HeldInput;
  /** The turn that the connection has now. */
  #turn: Turn | undefined;
  #head: RequestHead | undefined;
  #body: BodyBuffer | MediaUpload | undefined;
  /** The body of the response under way. */
  #source: BodySource | undefined;
  /** What took the connection over. */
  #tunnel: Tunnel | undefined;
  #requests = 0;
  /** When the request's body began. */
  #start = 0;
  /** When the connection is closed for its silence, by the clock. */
  #deadline = 0;
  /** Bytes that were written when {@link sweep} last looked, and whether there were more. */
  #written = 0;
  #isSending = false;
  /** A response is being made. */
  #isBusy = false;
  /** The connection ends after the response under way. */
  #isLast = false;
  /** No more input is read. */
  #isDeaf = false;
  /** The peer sends no more. */
  #isInputOver = false;
  #isClosed = false;

  /** @param onClosed told once when the connection is over */
  constructor(context: HttpContext, connection: TcpConnection, onClosed: () => void) {
    this.#context = context;
    this.#connection = connection;
    this.#onClosed = onClosed;
    this.#reader = new RequestReader(context.settings, this);
    this.#held = new HeldInput({ turns: context.turns, limit: Infinity, onFull: () => {} });
    this.#router = new Router(context, connection, this.#held, () => this.#isLast = true);
    this.#waitForRequest();
  }

  onData(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): number | void {
    if (this.#tunnel !== undefined) return this.#tunnel.onData(bytes, turn);
    if (!this.#isDeaf) this.#inTurn(turn, () => this.#reader.push(bytes));
  }

  /** Reads requests until the turn is over. */
  #inTurn(turn: Turn, read: () => void): void {
    this.#turn = turn;
    try {
      read();
    } catch (error) {
      return this.#refuse(error);
    } finally {
      this.#turn = undefined;
    }
    if (this.#tunnel !== undefined) this.#handOver(this.#reader.rest, turn);
  }

  /** Requests that are whole are answered, and players play on. */
  onInputEnd(): boolean {
    this.#isInputOver = true;
    // What came with the request that opened it may still wait for its turn.
    if (this.#tunnel !== undefined) return this.#held.isWaiting;
    this.#deadline = this.#context.clock.now() + HALF_CLOSED_TIMEOUT;
    this.#finishAtEnd();
    // A body that breaks off is no request.
    return this.#body === undefined;
  }

  onClosed(reason: string | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held.close();
    this.#source?.close();
    if (this.#body !== undefined && !(this.#body instanceof BodyBuffer)) this.#body.close();
    this.#tunnel?.onClosed(reason);
    this.#router.close();
    this.#onClosed();
  }

  /** Ends what is over its time; the listener asks once a second. */
  sweep(now: number): void {
    if (this.#tunnel !== undefined) return this.#tunnel.sweep(now);
    const { outbox } = this.#connection;
    const isSending = this.#source !== undefined || outbox.isBusy;
    if (isSending && outbox.written !== this.#written) {
      const timeout = this.#isInputOver ? HALF_CLOSED_TIMEOUT : STALL_TIMEOUT;
      this.#deadline = Math.max(this.#deadline, now + timeout);
    } else if (!isSending && this.#isSending && !this.#reader.isWithin) {
      this.#waitForRequest();
    }
    this.#isSending = isSending;
    this.#written = outbox.written;
    // A player that leaves looks like one that has only said its last.
    const isLive = this.#source !== undefined && this.#source.length === undefined &&
      !this.#isInputOver;
    const isWaiting = this.#held.isWaiting || (this.#isBusy && this.#source === undefined);
    if (now < this.#deadline || isLive || isWaiting) return;
    if (this.#reader.isWithin && !this.#isDeaf) {
      this.#refuse(new HttpError(408, "The request came too slowly"));
    } else {
      outbox.abort();
      this.onClosed(undefined);
    }
  }

  /** The server stops: what is under way is cut, and no peer's farewell is waited for. */
  close(): void {
    this.#tunnel?.close();
    this.#connection.outbox.end();
  }

  onHead(head: RequestHead): void {
    const { settings, clock } = this.#context;
    this.#head = head;
    this.#start = clock.now();
    this.#deadline = this.#start + this.#router.timeout;
    const isClosing = listsToken(head.fields.get("connection"), "close") || !head.persists;
    // A tunnel's client has one connection, as a rule, and asks on it without end.
    const isCounted = !this.#router.isTunnel(head);
    if (isClosing || (isCounted && ++this.#requests === settings.maxRequests)) this.#isLast = true;
    this.#body = this.#router.upload(head, () => this.#connection.outbox.end()) ??
      new BodyBuffer(settings.maxBody);
    if (this.#body instanceof BodyBuffer && (head.length ?? 0) > settings.maxBody) {
      throw new HttpError(413, `A body has at most ${settings.maxBody} bytes here`);
    }
    const expectation = head.fields.get("expect");
    // RFC 9110 §10.1.1: HTTP/1.0 does not know it.
    if (expectation === undefined || head.length === 0 || head.minor === 0) return;
    if (expectation.toLowerCase() !== "100-continue") {
      throw new HttpError(417, "Expect: 100-continue is understood");
    }
    const decision = this.#body instanceof BodyBuffer ? this.#router.expect(head) : undefined;
    if (decision === undefined) return this.#connection.outbox.send(CONTINUE);
    // Who does not wait has an answer to the whole instead.
    const isAwaited = () => this.#head === head && this.#body !== undefined;
    decision.then(
      () => isAwaited() && this.#connection.outbox.send(CONTINUE),
      (error) => isAwaited() && this.#refuse(error),
    );
  }

  onBody(bytes: Uint8Array): void {
    const body = this.#body;
    if (body === undefined) return;
    if (body instanceof BodyBuffer) {
      body.push(bytes, bytes.length === this.#head?.length);
      this.#deadline = this.#start + this.#router.timeout + body.size * SLOWEST_BODY;
    } else {
      body.push(bytes);
      this.#deadline = this.#context.clock.now() + STALL_TIMEOUT;
    }
  }

  onEnd(): void {
    const [head, body] = [this.#head, this.#body];
    this.#body = undefined;
    if (head === undefined) return;
    this.#isBusy = true;
    const isPublication = body !== undefined && !(body instanceof BodyBuffer);
    const bytes = isPublication ? undefined : body?.take() ?? NOTHING;
    if (bytes === undefined || !this.#held.isWaiting) {
      return this.#answer(head, bytes ?? body as MediaUpload, this.#turn ?? ENDLESS_TURN);
    }
    const kept = bytes.slice();
    this.#held.add(kept.length, (turn) => this.#answer(head, kept, turn));
  }

  #answer(head: RequestHead, body: Uint8Array | MediaUpload, turn: Turn): void {
    try {
      const answer = body instanceof Uint8Array
        ? this.#router.answer(head, body, turn)
        : this.#router.stored(head, body);
      if (!(answer instanceof Promise)) return this.#respond(head, answer);
      answer.then(
        (response) => this.#respond(head, response),
        (error) => this.#respond(head, this.#router.failure(head, error)),
      );
    } catch (error) {
      this.#respond(head, this.#router.failure(head, error));
    }
  }

  #respond(head: RequestHead, response: HttpResponse | Upgrade): void {
    if (this.#isClosed) {
      if ("body" in response && response.body && !(response.body instanceof Uint8Array)) {
        response.body.close();
      }
      return;
    }
    if ("tunnel" in response) {
      this.#write(switchToSocket(head, response.protocol));
      this.#tunnel = response.tunnel;
      response.tunnel.open();
      return;
    }
    this.#write(response, head);
    if (this.#source === undefined) this.#done();
  }

  /** A connection that became something else gets what came behind its request. */
  #handOver(rest: Uint8Array, turn: Turn): void {
    if (rest.length === 0) return;
    const taken = this.#tunnel?.onData(rest, turn) ?? rest.length;
    if (taken === rest.length) return;
    const { input } = this.#connection;
    input.pause();
    this.#held.add(0, (turn) => {
      input.resume();
      this.#handOver(rest.subarray(taken), turn);
      if (this.#isInputOver && !this.#held.isWaiting) this.#finish();
    });
  }

  #write(whole: HttpResponse, head?: RequestHead): void {
    const { outbox } = this.#connection;
    const response = head?.method === "HEAD" ? withoutBody(whole) : whole;
    const { body } = response;
    const bytes = body instanceof Uint8Array ? body : undefined;
    const isJoined = bytes !== undefined && bytes.length <= JOINED_BODY;
    if (body !== undefined && bytes === undefined && body.length === undefined) this.#isLast = true;
    outbox.send(this.#encodeHead(response, isJoined ? bytes : undefined));
    if (bytes !== undefined && !isJoined) {
      if (bytes.length <= PIECED_BODY) outbox.send(bytes);
      else this.#stream(new PartsSource([bytes]));
    } else if (bytes === undefined && body !== undefined) {
      this.#stream(body as BodySource);
    }
  }

  #encodeHead(response: HttpResponse, joined: Uint8Array | undefined): Uint8Array {
    const date = this.#context.date();
    try {
      return encodeHead(response, date, this.#isLast, joined);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#context.log.error(`a header that cannot be sent: ${error.message}`);
      this.#isLast = true;
      return encodeHead({ status: 500, headers: [] }, date, true, undefined);
    }
  }

  #stream(source: BodySource): void {
    const { outbox } = this.#connection;
    this.#source = source;
    outbox.attach(source);
    // Live media wait for each other's writes, a file waits for nothing.
    const isFile = source.length !== undefined;
    source.start(() => outbox.wake(isFile), (failure) => {
      outbox.detach(source);
      if (this.#source !== source) return;
      this.#source = undefined;
      if (failure === undefined) return this.#done();
      outbox.abort();
      this.onClosed(failure);
    });
  }

  /** The response is on its way: the connection ends, or waits for the next request. */
  #done(): void {
    this.#head = undefined;
    this.#isBusy = false;
    this.#waitForRequest();
    if (this.#isLast) return this.#finish();
    const turn = this.#turn;
    if (turn !== undefined && !this.#held.isWaiting && !turn.spend(Weight.command)) {
      try {
        this.#reader.next();
      } catch (error) {
        this.#refuse(error);
      }
      return;
    }
    const { input } = this.#connection;
    input.pause();
    this.#held.add(0, (turn) => {
      input.resume();
      if (this.#isClosed) return;
      this.#inTurn(turn, () => this.#reader.next());
      this.#finishAtEnd();
    });
  }

  /** Ends the connection of a client that asks no more, once all is answered. */
  #finishAtEnd(): void {
    const isUnderWay = this.#isBusy || this.#source !== undefined || this.#held.isWaiting;
    if (this.#isInputOver && !isUnderWay && this.#tunnel === undefined) this.#finish();
  }

  /** Everything is answered: the connection ends. */
  #finish(): void {
    this.#isDeaf = true;
    this.#connection.outbox.end();
  }

  /** Input that is no request: it is told, and the connection ends. */
  #refuse(error: unknown): void {
    if (this.#isClosed || this.#isDeaf) return;
    this.#isDeaf = true;
    if (this.#isBusy) return this.#connection.outbox.abort();
    this.#isLast = true;
    if (this.#body !== undefined && !(this.#body instanceof BodyBuffer)) this.#body.close();
    this.#body = undefined;
    this.#write(this.#router.failure(this.#head, error), this.#head);
    // A close with input unread would take the answer back: the peer has some time to read it.
    this.#deadline = this.#context.clock.now() + LINGER;
  }

  #waitForRequest(): void {
    this.#deadline = this.#context.clock.now() + this.#router.timeout;
  }
}

/** What HEAD is answered where GET would have this response. */
function withoutBody({ body, ...response }: HttpResponse): HttpResponse {
  if (body === undefined) return response;
  if (!(body instanceof Uint8Array)) body.close();
  return body.length === undefined ? response : { ...response, length: body.length };
}
