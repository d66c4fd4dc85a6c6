import { className, isValueObject, type Value, type ValueObject } from "../../codecs/mod.ts";
import { Refusal, type RefusalReason } from "../../hub/mod.ts";

const NAMESPACE = "flex.messaging.messages.";

/** Operations of a CommandMessage that need no more than a word back. */
const ACKNOWLEDGED: ReadonlyMap<Value, string> = new Map([[5, "client ping"], [12, "disconnect"]]);

/** Fault codes of BlazeDS for the reasons of a refusal. */
const FAULT_CODES: Readonly<Record<RefusalReason, string>> = {
  missing: "Server.ResourceUnavailable",
  denied: "Client.Authorization",
  failed: "Server.Processing",
  busy: "Server.Processing",
  unknown: "Client.Authentication",
  unavailable: "Server.Processing",
};

/**
 * A message of Flex, which RemoteObject posts as the only argument of a packet's call and whose
 * answer is such a message too.
 * Source: mx.messaging.messages of the ActionScript 3 reference.
 */
export class FlexMessage {
  readonly #message: ValueObject;

  private constructor(message: ValueObject) {
    this.#message = message;
  }

  /** The message among the arguments of a call; undefined when they are none. */
  static of(args: readonly Value[]): FlexMessage | undefined {
    const [message, ...more] = args;
    if (more.length > 0 || !isValueObject(message)) return undefined;
    return message[className]?.startsWith(NAMESPACE) ? new FlexMessage(message) : undefined;
  }

  /**
   * The call that it asks for; undefined when an acknowledgement is all.
   * @throws Refusal for a message or an operation that is not understood
   */
  get call(): { readonly method: string; readonly args: readonly Value[] } | undefined {
    const { operation, body } = this.#message;
    const kind = this.#message[className]?.slice(NAMESPACE.length);
    if (kind === "CommandMessage" && ACKNOWLEDGED.has(operation)) return undefined;
    if (kind === "RemotingMessage" && typeof operation === "string") {
      const args = Array.isArray(body) ? body : body === null || body === undefined ? [] : [body];
      return { method: operation, args };
    }
    const what = typeof operation === "number" ? `operation ${operation} of ${kind}` : `${kind}`;
    throw new Refusal("Call.Failed", `${what} is not understood`, { reason: "missing" });
  }

  /** @param now milliseconds since the Unix epoch */
  acknowledge(result: Value, now: number): Value {
    return this.#answer("AcknowledgeMessage", now, { body: result });
  }

  /** @param now milliseconds since the Unix epoch */
  fault(reason: RefusalReason, code: string, description: string, now: number): Value {
    return this.#answer("ErrorMessage", now, {
      body: null,
      faultCode: FAULT_CODES[reason],
      faultString: description,
      faultDetail: code,
      rootCause: null,
      extendedData: null,
    });
  }

  #answer(kind: string, now: number, more: ValueObject): Value {
    const { messageId, clientId, destination } = this.#message;
    return {
      [className]: `${NAMESPACE}${kind}`,
      correlationId: textOf(messageId),
      clientId: textOf(clientId) ?? crypto.randomUUID(),
      destination: textOf(destination),
      messageId: crypto.randomUUID(),
      headers: {},
      timestamp: now,
      timeToLive: 0,
      ...more,
    };
  }
}

function textOf(value: Value): string | null {
  return typeof value === "string" ? value : null;
}
