import type { Later } from "../base/mod.ts";
import {
  type Client,
  type Listener,
  type Publication,
  type Question,
  Refusal,
} from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { Started } from "./applications/application_calls.ts";
import type { EventName } from "./events.ts";
import type { Host } from "./host.ts";
import type { Answer } from "./lua/definition.ts";
import { LuaError } from "./lua/error.ts";
import { Type } from "./lua/stack.ts";
import { type ClientContext, contextOf } from "./objects/client_context.ts";

/** Events that tell what is over: what waits in them goes on when the client is gone. */
const LASTING: ReadonlySet<EventName> = new Set<EventName>([
  "onDisconnection",
  "onFailed",
  "onUnpublish",
  "onUnsubscribe",
  "onUnjoinGroup",
]);

/** Events by which an application allows something, and what it is asked about. */
type AskedEvent = "onPublish" | "onSubscribe" | "onSharedObject";
type Subject = Publication | Listener | string;

/** A question that is not decided at once. */
/** How a client is refused. */
export interface RefusalTexts {
  readonly code: string;
  /** The reason where the script gives none. */
  readonly denied: string;
}

interface Asked extends RefusalTexts {
  readonly question: Question;
  readonly context: ClientContext;
  readonly event: AskedEvent;
  readonly subject: Subject;
}

/** What a client is told of an error that was not meant for it: the log has the rest. */
export function failureOf({ title }: Application): string {
  return `Application ${title} failed`;
}

/** Calls of what scripts defined for a client's events, in its application and in itself. */
export class ClientEvents {
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Tells the application and the client's own member of an event. */
  notify(client: Client, event: EventName, args: readonly Answer[]): void {
    const isLasting = LASTING.has(event);
    const { objects, applications } = this.#host;
    const context = contextOf(client);
    if (context === undefined) return;
    const { application, account } = context;
    if (application.has(event) && applications.begin(application, event)) {
      objects.pushObject(client);
      for (const arg of args) objects.push(arg);
      applications.attempt(1 + args.length, account, isLasting);
    }
    if (objects.mayHave(client, event)) {
      this.#host.call(application, client, event, args, account, undefined, isLasting);
    }
  }

  /**
   * Asks the application, then the client's own member: an error or `false` refuses.
   * @throws Refusal, or rejects with it
   */
  ask(
    question: Question,
    event: AskedEvent,
    subject: Subject,
    { code, denied }: RefusalTexts,
  ): Later<void> {
    const { client } = question;
    const context = contextOf(client);
    if (context === undefined) return;
    const { application, account } = context;
    const { vm, objects, applications } = this.#host;
    const { top } = vm;
    try {
      if (application.has(event) && applications.begin(application, event)) {
        objects.pushObject(client);
        objects.push(subject);
        const started = applications.startEvent(2, 1, account);
        if (started !== undefined) {
          const asked = { question, context, event, subject, code, denied };
          return this.#refused(asked, this.#await(asked, started).then(() => this.#own(asked)));
        }
        this.#check(top, code, denied);
      }
      if (!objects.mayHave(client, event)) return;
      const asked = { question, context, event, subject, code, denied };
      const own = this.#own(asked);
      return own && this.#refused(asked, own);
    } catch (error) {
      throw this.refusal(application, error, code, denied);
    }
  }

  /** Asks the client's own member, unless the client has gone meanwhile. */
  #own(asked: Asked): Promise<void> | undefined {
    const { vm, objects, applications } = this.#host;
    const { question: { client }, context, event, subject, code, denied } = asked;
    const { top } = vm;
    if (contextOf(client) !== context || !objects.event(client, event)) return undefined;
    objects.push(subject);
    const { application, account } = context;
    const suspended = applications.launch(application, 2, 1, account);
    if (suspended !== undefined) return this.#await(asked, { suspended, application });
    this.#check(top, code, denied);
    return undefined;
  }

  #await(asked: Asked, { suspended, application }: Started): Promise<void> {
    const { vm, applications } = this.#host;
    const { question, context, code, denied } = asked;
    const options = { application, payer: context.account, question, code };
    return applications.tasks.answer(suspended, options, () => {
      vm.top = 1;
      this.#check(0, code, denied);
    });
  }

  #refused({ context, code, denied }: Asked, decision: Promise<void>): Promise<void> {
    return decision.catch((error) => {
      throw this.refusal(context.application, error, code, denied);
    });
  }

  /** @throws Refusal when the answer on top of the stack is `false` */
  #check(top: number, code: string, denied: string): void {
    const { vm } = this.#host;
    const isDenied = vm.type(-1) === Type.boolean && !vm.toBoolean(-1);
    vm.top = top;
    if (isDenied) throw new Refusal(code, denied);
  }

  /** The packet events of applications: pushed one by one, since they come by the thousand. */
  packet(
    client: Client,
    event: EventName,
    publication: Publication,
    key: number | string,
    payload: Uint8Array,
  ): void {
    const { vm, objects, applications } = this.#host;
    const context = contextOf(client);
    if (context === undefined || !applications.begin(context.application, event)) return;
    objects.pushObject(client);
    objects.pushObject(publication);
    if (typeof key === "number") vm.pushNumber(key);
    else vm.pushText(key);
    vm.pushBytes(payload);
    applications.attempt(4, context.account);
  }

  /**
   * What a script's error means to a client: what the script said by `error("text")`, `otherwise`
   * when that was nothing. What Lua raised itself goes to the log, and the client is told that.
   */
  refusal(application: Application, error: unknown, code: string, otherwise: string): unknown {
    if (!(error instanceof LuaError)) return error;
    if (error.spoken !== undefined) {
      this.#host.applications.logOf(error).warn(error.message);
      const { place } = error;
      return new Refusal(code, error.spoken || otherwise, { by: "script", place });
    }
    this.#host.applications.report(error);
    const { place } = error;
    return new Refusal(code, failureOf(application), { reason: "failed", by: "script", place });
  }
}
