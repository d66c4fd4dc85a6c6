import { andThen, errorStack, type Later, orElse } from "../../base/mod.ts";
import { NOTHING, ProtocolError } from "../../bytes/mod.ts";
import { readValues, type Value, ValueReader, ValueWriter } from "../../codecs/mod.ts";
import { Refusal, type RefusalReason } from "../../hub/mod.ts";
import { type Turn, Weight } from "../../net/mod.ts";
import type { ApplicationContext } from "./context.ts";
import {
  type Envelope,
  EnvelopeError,
  type EnvelopeHeader,
  type EnvelopeMessage,
  EnvelopeWriter,
  readEnvelope,
} from "./envelope.ts";
import { type HeaderUse, useOfHeaders } from "./envelope_headers.ts";
import { Exchange, HttpCall, RAW_TYPE } from "./exchange.ts";
import { FlexMessage } from "./flex.ts";
import { amfFormat } from "./format.ts";
import type { HttpRequest } from "./request.ts";
import type { HttpResponse } from "./wire/response.ts";

/** Why a call has no result. */
interface Fault {
  readonly reason: RefusalReason;
  /** In full, such as `NetConnection.Call.Failed`. */
  readonly code: string;
  readonly description: string;
}

type Outcome = { readonly result: Value } | { readonly fault: Fault };

/**
 * POST of a Flash client's packet: its calls run in order, and one packet answers them all. What
 * goes wrong with one of them is its own answer. Several calls run in as many turns as they take.
 * @param turn the one that its connection has now; without it they wait for one
 * What is wrong with the packet is the answer of all: none of them runs then.
 */
export function callByEnvelope(
  context: ApplicationContext,
  request: HttpRequest,
  body: Uint8Array,
  turn?: Turn,
): Later<HttpResponse> {
  const { client, requests } = request.binding;
  // The calls that wait are read after the body's own time.
  const packet = readPacket(body.slice(), (name) => context.hub.handler.hasMethod(client, name));
  if (packet instanceof EnvelopeError) return refusal(request, packet);
  const { version, messages, use } = packet;
  request.binding.packet = use.texts;
  const exchange = { context, request, writer: new EnvelopeWriter(version, messages.length) };
  const { writer } = exchange;
  const steps = stepsOf(exchange, use.calls, messages);
  /** True when the steps behind it have to wait for it. */
  const run = (step: () => Later<void>): boolean => {
    const work = step();
    if (work instanceof Promise) requests.holdUntil(work);
    return work instanceof Promise;
  };
  const response = () => packetResponse(request, writer);
  let count = 0;
  let isOver = turn === undefined;
  let isLate = false;
  while (count < steps.length && !isOver && !requests.isWaiting) {
    isLate = run(steps[count++]!);
    isOver = turn?.spend(Weight.command) ?? true;
  }
  if (count === steps.length && !isLate) return response();
  return new Promise((resolve, reject) => {
    const guarded = (step: () => void) => () => {
      try {
        step();
      } catch (error) {
        reject(error);
      }
    };
    for (const step of steps.slice(count)) {
      requests.holdBack(0, guarded(() => client.isConnected && run(step)));
    }
    requests.holdBack(0, guarded(() => resolve(response())));
  });
}

interface Packet extends Envelope {
  readonly use: HeaderUse;
}

function readPacket(
  body: Uint8Array,
  hasMethod: (name: string) => boolean,
): Packet | EnvelopeError {
  try {
    const packet = readEnvelope(body);
    try {
      return { ...packet, use: useOfHeaders(packet.headers, hasMethod) };
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return new EnvelopeError(
        error,
        packet.version,
        packet.messages.map(({ response }) => response),
      );
    }
  } catch (error) {
    if (error instanceof EnvelopeError) return error;
    throw error;
  }
}

/** A packet on its way through the application. */
interface PacketExchange {
  readonly context: ApplicationContext;
  readonly request: HttpRequest;
  readonly writer: EnvelopeWriter;
}

/** What is to be done, in order; a header that fails is the answer of all calls. */
function stepsOf(
  exchange: PacketExchange,
  headers: readonly EnvelopeHeader[],
  messages: readonly EnvelopeMessage[],
): (() => Later<void>)[] {
  let refused: Outcome | undefined;
  const heads = headers.map(({ name, value }) => () => {
    if (refused !== undefined) return;
    return andThen(attempt(exchange, () => run(exchange, name, [value])), (outcome) => {
      if ("fault" in outcome) refused = outcome;
    });
  });
  return [...heads, ...messages.map((message) => () => answer(exchange, message, refused))];
}

function refusal(
  request: HttpRequest,
  { version, responses, message }: EnvelopeError,
): HttpResponse {
  const writer = new EnvelopeWriter(version, responses.length);
  const info = { level: "error", code: "NetConnection.Call.BadVersion", description: message };
  for (const response of responses) writer.answer(response, "status", info);
  return packetResponse(request, writer);
}

function packetResponse(request: HttpRequest, writer: EnvelopeWriter): HttpResponse {
  const headers = request.headers(["content-type", amfFormat.type], ["cache-control", "no-store"]);
  return { status: 200, headers, body: writer.finish() };
}

function answer(
  exchange: PacketExchange,
  { method, args, response }: EnvelopeMessage,
  refused: Outcome | undefined,
): Later<void> {
  const { context, writer } = exchange;
  const flex = FlexMessage.of(args);
  const now = context.clock.epoch();
  const outcome = refused ?? attempt(exchange, () => {
    const call = flex === undefined ? { method, args } : flex.call;
    const outcome = call === undefined ? { result: null } : run(exchange, call.method, call.args);
    return andThen(outcome, (outcome) => {
      if ("fault" in outcome) return outcome;
      const { result } = outcome;
      const value = flex === undefined ? result : flex.acknowledge(result, now);
      writer.answer(response, "result", value);
      return outcome;
    });
  });
  return andThen(outcome, (outcome) => {
    if (!("fault" in outcome)) return;
    const { reason, code, description } = outcome.fault;
    const info = { level: "error", code, description };
    writer.answer(response, "status", flex?.fault(reason, code, description, now) ?? info);
  });
}

/** What came of a call; what it threw is a fault, and logged when it is ours. */
function attempt(
  { context: { log }, request: { binding } }: PacketExchange,
  run: () => Later<Outcome>,
): Later<Outcome> {
  return orElse(run, (error) => {
    if (error instanceof Refusal) return failed(error.code, error.message, error.reason);
    if (error instanceof ProtocolError) return failed("Call.Failed", error.message);
    log.error(`${binding.client.address}: ${errorStack(error)}`);
    return failed("Call.Failed", "Internal server error");
  });
}

function failed(code: string, description: string, reason: RefusalReason = "failed"): Outcome {
  return { fault: { reason, code: `NetConnection.${code}`, description } };
}

/**
 * One value for a call: several that the script returned, or else wrote, are an array, none is null.
 * Calls of the client's functions are headers of the answer, with one value each.
 */
function run(
  { context: { hub }, request: { binding }, writer }: PacketExchange,
  method: string,
  args: readonly Value[],
): Later<Outcome> {
  let kept = new ValueWriter();
  const newBody = () => {
    kept = new ValueWriter();
    return { writer: kept, finish: () => NOTHING };
  };
  const format = { ...amfFormat, newBody };
  const exchange = new Exchange(
    format,
    undefined,
    (name, args) => writer.header(name, oneOf(readValues(args))),
  );
  const question = new HttpCall(binding, exchange, method, new ValueReader(args));
  return andThen(hub.questions.call(question), () => {
    const { fault } = exchange;
    if (fault !== undefined) return failed(fault.code, fault.description);
    const { body, type } = exchange.takeResponse();
    return { result: type === RAW_TYPE ? body : oneOf(kept.values) };
  });
}

function oneOf(values: readonly Value[]): Value {
  return values.length > 1 ? [...values] : values[0] ?? null;
}
