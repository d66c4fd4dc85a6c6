import type { Later } from "../base/mod.ts";
import {
  type Client,
  type Listener,
  type Publication,
  type Question,
  Refusal,
} from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { Started } from "./applications/applications.ts";
import type { EventName } from "./events.ts";
import type { Host } from "./host.ts";
import type { Answer } from "./lua/definition.ts";
import { LuaError } from "./lua/error.ts";
import { Type } from "./lua/stack.ts";
import { type ClientContext, contextOf } from "./objects/client_context.ts";
import type { Account } from "./shares.ts";

/** Events that tell what is over: what waits in them goes on when the client is gone. */
const LASTING: ReadonlySet<EventName> = new Set<EventName>([
  "onDisconnection",
  "onFailed",
  "onUnpublish",
  "onUnsubscribe",
  "onUnjoinGroup",
]);

/** What an application is asked to allow. */
export interface Asked {
  readonly question: Question;
  readonly event: "onPublish" | "onSubscribe" | "onSharedObject";
  readonly subject: Publication | Listener | string;
  /** Code of a refusal, and its text where the script has none. */
  readonly code: string;
  readonly denied: string;
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
  ask(asked: Asked): Later<void> {
    const { client } = asked.question;
    const context = contextOf(client);
    if (context === undefined) return;
    const refuse = (error: unknown): never => {
      throw this.refusal(context.application, error, asked.code, asked.denied);
    };
    try {
      const first = this.#askApplication(context, asked);
      if (!(first instanceof Promise)) {
        const own = this.#askClient(context, asked);
        return own instanceof Promise ? own.catch(refuse) : own;
      }
      return first.then(() => {
        if (contextOf(client) === context) return this.#askClient(context, asked);
      }).catch(refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  #askApplication({ application, account }: ClientContext, asked: Asked): Later<void> {
    const { vm, objects, applications } = this.#host;
    const { top } = vm;
    if (!application.has(asked.event) || !applications.begin(application, asked.event)) return;
    objects.pushObject(asked.question.client);
    objects.push(asked.subject);
    const started = applications.startEvent(2, 1, account);
    if (started === undefined) return this.#check(asked, top);
    return this.#await(started, account, asked);
  }

  #askClient({ application, account }: ClientContext, asked: Asked): Later<void> {
    const { vm, objects, applications } = this.#host;
    const { top } = vm;
    if (!objects.event(asked.question.client, asked.event)) return;
    objects.push(asked.subject);
    const suspended = applications.launch(application, 2, 1, account);
    if (suspended === undefined) return this.#check(asked, top);
    return this.#await({ suspended, application }, account, asked);
  }

  #await({ suspended, application }: Started, payer: Account, asked: Asked): Promise<void> {
    const { tasks } = this.#host.applications;
    const { code, question } = asked;
    return tasks.answer(question, suspended, { application, payer }, code, () => {
      this.#host.vm.top = 1;
      this.#check(asked, 0);
    });
  }

  /** @throws Refusal when the answer on top of the stack is `false` */
  #check({ code, denied }: Asked, top: number): void {
    const { vm } = this.#host;
    const isDenied = vm.type(-1) === Type.boolean && !vm.toBoolean(-1);
    vm.top = top;
    if (isDenied) throw new Refusal(code, denied, { by: "script" });
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
