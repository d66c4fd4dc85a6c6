import { type Later } from "../../base/mod.ts";
import { NOTHING } from "../../bytes/mod.ts";
import {
  ENDLESS_TURN,
  HeldInput,
  type TcpConnection,
  type TcpHandler,
  type Turn,
  Weight,
} from "../../net/mod.ts";
import { BodyBuffer, tooLong, tooMuch } from "./body.ts";
import type { HttpContext } from "./context.ts";
import { switchToSocket } from "./handshake.ts";
import { BODY_TIME_PER_BYTE, HALF_CLOSED_TIMEOUT, LINGER, STALL_TIMEOUT } from "./params.ts";
import type { HttpRequest } from "./request.ts";
import type { BodySink, Tunnel, Upgrade } from "./resource.ts";
import { LateSink } from "./late_sink.ts";
import { discard, ResponseOutput } from "./response_output.ts";
import { Router } from "./router.ts";
import type { SessionState } from "./session_state.ts";
import { WireDump } from "./wire_dump.ts";
import { HttpError } from "./wire/error.ts";
import { listsToken } from "./wire/fields.ts";
import { type RequestHead, RequestReader, type RequestSink } from "./wire/request_reader.ts";
import { type BodySource, CONTINUE, type HttpResponse } from "./wire/response.ts";

/** One HTTP connection: its requests, one after the other, and the time they may take. */
export class HttpSession implements TcpHandler, RequestSink {
  readonly #context: HttpContext;
  readonly #connection: TcpConnection;
  readonly #onClosed: () => void;
  readonly #reader: RequestReader;
  readonly #router: Router;
  readonly #wire: WireDump | undefined;
  readonly #output: ResponseOutput;
  /** What waits for its turn, or for a client that is held. */
  readonly #held: HeldInput;
  #state: SessionState = "idle";
  /** The turn that the connection has now. */
  #turn: Turn | undefined;
  /** The one that is read or answered. */
  #request: HttpRequest | undefined;
  /** Where its body goes: it is kept for a whole answer, or taken as it comes. */
  #body: BodyBuffer | undefined;
  #sink: BodySink | undefined;
  /** What answers the request has the body, and holds it until the answer is there. */
  #isBodyGiven = false;
  /** The body of the response that is sent. */
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
  #wasSending = false;
  /** The peer sends no more. */
  #isInputOver = false;

  /** @param onClosed told once when the connection is over */
  constructor(context: HttpContext, connection: TcpConnection, onClosed: () => void) {
    this.#context = context;
    this.#connection = connection;
    this.#wire = WireDump.of(context.log, connection.remote);
    this.#output = new ResponseOutput(context, connection, this.#wire);
    this.#onClosed = onClosed;
    this.#reader = new RequestReader(context.settings, this);
    this.#held = new HeldInput({ turns: context.turns, limit: Infinity, onFull: () => {} });
    this.#router = new Router(context, connection, this.#held, () => this.#endSoon());
    this.#awaitRequest();
  }

  onData(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): number | void {
    if (this.#tunnel !== undefined) return this.#tunnel.onData(bytes, turn);
    if (!this.#isDeaf) this.#inTurn(turn, () => this.#reader.readRequests(bytes));
  }

  /** No more input is read. */
  get #isDeaf(): boolean {
    return this.#state === "refused" || this.#state === "ending" || this.#state === "closed";
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
    // A body that breaks off is no request.
    const isBrokenOff = this.#state === "receiving";
    this.#finishAtEnd();
    return !isBrokenOff;
  }

  onClosed(reason: string | undefined): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#held.close();
    this.#source?.close();
    this.#sink?.close();
    this.#tunnel?.onClosed(reason);
    this.#dropBody();
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
    } else if (!isSending && this.#wasSending && !this.#reader.isWithin) {
      this.#awaitRequest();
    }
    this.#wasSending = isSending;
    this.#written = outbox.written;
    // A player that leaves looks like one that has only said its last.
    const isLive = this.#source !== undefined && this.#source.length === undefined &&
      !this.#isInputOver;
    const isUndecided = this.#sink instanceof LateSink && !this.#sink.isOpen;
    const isWaiting = this.#held.isWaiting || this.#state === "answering" || isUndecided;
    if (now < this.#deadline || isLive || isWaiting) return;
    if (this.#reader.isWithin && !this.#isDeaf) {
      this.#refuse(new HttpError(408, "The request came too slowly"));
    } else {
      outbox.abort();
      this.onClosed(undefined);
    }
  }

  /** The server stops: responses under way are cut, and no peer is waited for. */
  close(): void {
    this.#tunnel?.close();
    this.#connection.outbox.end();
  }

  onHeadBytes(input: Uint8Array, start: number, end: number): void {
    this.#wire?.head("received", input.subarray(start, end));
  }

  onHead(head: RequestHead): void {
    const { settings, clock } = this.#context;
    const request = this.#request = this.#router.newRequest(head);
    this.#isBodyGiven = false;
    this.#start = this.#turn?.now || clock.now();
    this.#deadline = this.#start + this.#router.timeout;
    if (!head.persists || listsToken(head.fields.get("connection"), "close")) {
      this.#output.isLast = true;
    }
    this.#state = "receiving";
    if (head.length === 0) return;
    this.#sink = this.#sinkOf(request);
    if (this.#sink === undefined) {
      if ((head.length ?? 0) > settings.maxBody) throw tooLong(settings.maxBody);
      const charge = this.#context.hub?.inputs.open(request.connection.remote);
      const exhausted = charge?.refusal(head.length ?? 0);
      if (exhausted !== undefined) throw tooMuch(exhausted);
      request.charge = charge;
      this.#body = new BodyBuffer(settings.maxBody, charge);
    }
    const expectation = head.fields.get("expect");
    // RFC 9110 §10.1.1: HTTP/1.0 does not know it.
    if (expectation !== undefined && head.minor !== 0) this.#expect(request, expectation);
  }

  /** Where the body goes as it comes; a refusal that comes later is told as long as it comes. */
  #sinkOf(request: HttpRequest): BodySink | undefined {
    const sink = this.#router.receive(request);
    if (!(sink instanceof Promise)) return sink;
    const late = new LateSink(sink, this.#connection.input);
    late.opened.catch((error) => {
      if (this.#request === request && this.#state === "receiving") this.#refuse(error);
    });
    return late;
  }

  onBody(bytes: Uint8Array): void {
    if (this.#wire !== undefined && this.#request !== undefined) {
      this.#wire.body(this.#request.fields, bytes);
    }
    if (this.#sink !== undefined) {
      this.#sink.receivePart(bytes);
      this.#deadline = this.#context.clock.now() + STALL_TIMEOUT;
    } else if (this.#body !== undefined) {
      this.#body.appendPart(bytes, bytes.length === this.#request?.head.length);
      const time = this.#router.timeout + this.#body.size * BODY_TIME_PER_BYTE;
      this.#deadline = this.#start + time;
    }
  }

  onEnd(): void {
    const [request, sink] = [this.#request, this.#sink];
    const body = this.#body?.takeBody() ?? NOTHING;
    this.#sink = this.#body = undefined;
    if (request === undefined) return;
    this.#state = "answering";
    if (sink !== undefined) return this.#answer(request, () => sink.end());
    if (!this.#held.isWaiting) {
      const turn = this.#turn ?? ENDLESS_TURN;
      return this.#answer(request, () => this.#router.answer(request, body, turn));
    }
    const kept = body.slice();
    this.#held.holdBack(kept.length, (turn) => {
      this.#answer(request, () => this.#router.answer(request, kept, turn));
    });
  }

  /** Tells a client that waits with its body whether it may come. */
  #expect(request: HttpRequest, expectation: string): void {
    if (expectation.toLowerCase() !== "100-continue") {
      throw new HttpError(417, `Expect: ${expectation} is not understood`);
    }
    const sink = this.#sink;
    const late = sink instanceof LateSink ? sink.opened : undefined;
    const decision = sink === undefined ? this.#router.expect(request) : late;
    if (decision === undefined) return this.#connection.outbox.send(CONTINUE);
    // A client that sent its body without waiting has one answer, to the whole request.
    const isAwaited = () => this.#request === request && this.#state === "receiving";
    decision.then(
      () => isAwaited() && this.#connection.outbox.send(CONTINUE),
      (error) => isAwaited() && late === undefined && this.#refuse(error),
    );
  }

  #answer(
    request: HttpRequest,
    run: () => Later<HttpResponse | Upgrade>,
  ): void {
    this.#isBodyGiven = true;
    let answer: HttpResponse | Upgrade | Promise<HttpResponse | Upgrade>;
    try {
      answer = run();
    } catch (error) {
      answer = this.#router.failure(request, error);
    }
    if (!(answer instanceof Promise)) {
      request.charge?.end();
      return this.#respond(request, answer);
    }
    // It is held until then, even when its connection is over by now.
    const settle = (answer: HttpResponse | Upgrade) => {
      request.charge?.end();
      this.#respond(request, answer);
    };
    answer.then(settle, (error) => settle(this.#router.failure(request, error)));
  }

  /** The request ends before its body was given to what answers. */
  #dropBody(): void {
    this.#body = undefined;
    if (!this.#isBodyGiven) this.#request?.charge?.end();
  }

  #respond(request: HttpRequest, answer: HttpResponse | Upgrade): void {
    if (this.#state !== "answering") return discard(answer);
    if ("tunnel" in answer) {
      this.#write(switchToSocket(request.head, answer.protocol));
      this.#state = "tunnelling";
      this.#tunnel = answer.tunnel;
      this.#request = undefined;
      answer.tunnel.open();
      const { rest } = this.#reader;
      // A turn that it came in hands over by itself.
      if (this.#turn === undefined && rest.length > 0) this.#handOverLater(rest);
      return;
    }
    const isCounted = !this.#router.isPolled(request);
    if (isCounted && ++this.#requests === this.#context.settings.maxRequests) {
      this.#output.isLast = true;
    }
    this.#write(answer, request);
    if (this.#request === request && this.#source === undefined) this.#done();
  }

  /** A connection that became something else gets what came behind its request. */
  #handOver(rest: Uint8Array, turn: Turn): void {
    if (rest.length === 0) return;
    const taken = this.#tunnel?.onData(rest, turn) ?? rest.length;
    if (taken === rest.length) return;
    this.#handOverLater(rest.subarray(taken));
  }

  /** In another turn. Nothing is read meanwhile, so that what comes next stays behind it. */
  #handOverLater(rest: Uint8Array): void {
    const { input } = this.#connection;
    input.pause();
    this.#held.holdBack(0, (turn) => {
      input.resume();
      this.#handOver(rest, turn);
      if (this.#isInputOver && !this.#held.isWaiting) this.#finish();
    });
  }

  #write(response: HttpResponse, request?: HttpRequest): void {
    const source = this.#output.send(response, request?.method === "HEAD");
    if (source !== undefined) this.#stream(source);
  }

  #stream(source: BodySource): void {
    const { outbox } = this.#connection;
    this.#source = source;
    this.#state = "sending";
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
    if (this.#state === "closed") return;
    this.#request = undefined;
    this.#state = "idle";
    this.#awaitRequest();
    if (this.#output.isLast) return this.#finish();
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
    this.#held.holdBack(0, (turn) => {
      input.resume();
      if (this.#state === "closed") return;
      this.#inTurn(turn, () => this.#reader.next());
      this.#finishAtEnd();
    });
  }

  /** Ends the connection of a client that asks no more, once all is answered. */
  #finishAtEnd(): void {
    const isUnderWay = this.#held.isWaiting ||
      this.#state === "answering" || this.#state === "sending" || this.#state === "tunnelling";
    if (this.#isInputOver && !isUnderWay) this.#finish();
  }

  /** The client is closed: its connection ends after the answer under way, or now if it has no end. */
  #endSoon(): void {
    this.#output.isLast = true;
    const source = this.#source;
    if (this.#state === "idle") return this.#finish();
    if (source === undefined || source.length !== undefined) return;
    this.#source = undefined;
    source.close();
    this.#finish();
  }

  /** Everything is answered: the connection ends. */
  #finish(): void {
    if (this.#state !== "closed") this.#state = "ending";
    this.#connection.outbox.end();
  }

  /** Input that is no request: it is told, and the connection ends. */
  #refuse(error: unknown): void {
    if (this.#isDeaf) return;
    const isUnderWay = this.#state !== "idle" && this.#state !== "receiving";
    this.#state = "refused";
    // An answer to something else is under way: another one cannot be told from it.
    if (isUnderWay) return this.#connection.outbox.abort();
    this.#output.isLast = true;
    this.#sink?.close();
    this.#sink = undefined;
    this.#dropBody();
    this.#write(this.#router.failure(this.#request, error), this.#request);
    // A close with input unread would take the answer back: the peer has some time to read it.
    this.#deadline = this.#context.clock.now() + LINGER;
  }

  #awaitRequest(): void {
    this.#deadline = (this.#turn?.now || this.#context.clock.now()) + this.#router.timeout;
  }
}
