import { andThen, errorStack, type Later, orElse } from "../../base/mod.ts";
import { NOTHING, ProtocolError } from "../../bytes/mod.ts";
import { type Value, ValueReader, ValueWriter } from "../../codecs/mod.ts";
import { Refusal, type RefusalReason } from "../../hub/mod.ts";
import { type Turn, Weight } from "../../net/mod.ts";
import type { ApplicationContext } from "./context.ts";
import {
  type Envelope,
  EnvelopeError,
  type EnvelopeMessage,
  EnvelopeWriter,
  readEnvelope,
} from "./envelope.ts";
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
  const packet = readPacket(body.slice());
  if (packet instanceof EnvelopeError) return refusal(request, packet);
  const { version, messages } = packet;
  const writer = new EnvelopeWriter(version, messages.length);
  /** True when the calls behind it have to wait for it. */
  const run = (message: EnvelopeMessage): boolean => {
    const work = answer(context, request, message, writer);
    if (work instanceof Promise) requests.holdUntil(work);
    return work instanceof Promise;
  };
  const response = () => packetResponse(request, writer);
  let count = 0;
  let isOver = turn === undefined;
  let isLate = false;
  while (count < messages.length && !isOver && !requests.isWaiting) {
    isLate = run(messages[count++]!);
    isOver = turn?.spend(Weight.command) ?? true;
  }
  if (count === messages.length && !isLate) return response();
  return new Promise((resolve, reject) => {
    const guarded = (step: () => void) => () => {
      try {
        step();
      } catch (error) {
        reject(error);
      }
    };
    for (const message of messages.slice(count)) {
      requests.add(0, guarded(() => client.connected && run(message)));
    }
    requests.add(0, guarded(() => resolve(response())));
  });
}

function readPacket(body: Uint8Array): Envelope | EnvelopeError {
  try {
    return readEnvelope(body);
  } catch (error) {
    if (error instanceof EnvelopeError) return error;
    throw error;
  }
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
  return { status: 200, headers, body: writer.take() };
}

function answer(
  context: ApplicationContext,
  request: HttpRequest,
  { method, args, response }: EnvelopeMessage,
  writer: EnvelopeWriter,
): Later<void> {
  const flex = FlexMessage.of(args);
  const now = context.clock.epoch();
  const outcome = attempt(context, request, () => {
    const call = flex === undefined ? { method, args } : flex.call;
    const outcome = call === undefined
      ? { result: null }
      : run(context, request, call.method, call.args);
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
  { log }: ApplicationContext,
  { binding }: HttpRequest,
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

/** One value for a call: several that the script returned, or else wrote, are an array, none is null. */
function run(
  { hub }: ApplicationContext,
  { binding }: HttpRequest,
  method: string,
  args: readonly Value[],
): Later<Outcome> {
  let kept = new ValueWriter();
  const newBody = () => {
    kept = new ValueWriter();
    return { writer: kept, take: () => NOTHING };
  };
  const format = { ...amfFormat, newBody };
  const exchange = new Exchange(format);
  const question = new HttpCall(binding, exchange, method, new ValueReader(args));
  return andThen(hub.questions.call(question), () => {
    const { fault } = exchange;
    if (fault !== undefined) return failed(fault.code, fault.description);
    const { body, type } = exchange.take();
    if (type === RAW_TYPE) return { result: body };
    const { values } = kept;
    return { result: values.length > 1 ? values : values[0] ?? null };
  });
}
