import { type Client, type Listener, type Publication, Refusal } from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { EventName } from "./events.ts";
import type { Host } from "./host.ts";
import type { Answer } from "./lua/definition.ts";
import { LuaError } from "./lua/error.ts";
import { Type } from "./lua/stack.ts";
import { contextOf } from "./objects/client_context.ts";

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
    const { vm, objects, applications } = this.#host;
    const context = contextOf(client);
    if (context === undefined) return;
    const { application, account } = context;
    if (application.has(event) && applications.begin(application, event)) {
      objects.pushObject(client);
      for (const arg of args) objects.push(arg);
      applications.attempt(1 + args.length, account);
    }
    if (objects.mayHave(client, event)) {
      const { top } = vm;
      this.#host.call(application, client, event, args, account);
      vm.top = top;
    }
  }

  /** Asks the application, then the client's own member: an error or `false` refuses. @throws Refusal */
  ask(
    client: Client,
    event: "onPublish" | "onSubscribe" | "onSharedObject",
    subject: Publication | Listener | string,
    code: string,
    denied: string,
  ): void {
    const { vm, objects, applications } = this.#host;
    const context = contextOf(client);
    if (context === undefined) return;
    const { application, account } = context;
    const { top } = vm;
    const check = () => {
      const isDenied = vm.type(-1) === Type.boolean && !vm.toBoolean(-1);
      vm.top = top;
      if (isDenied) throw new Refusal(code, denied);
    };
    try {
      if (application.has(event) && applications.begin(application, event)) {
        objects.pushObject(client);
        objects.push(subject);
        applications.finish(2, 1, account);
        check();
      }
      if (objects.event(client, event)) {
        objects.push(subject);
        applications.run(application, 2, 1, account);
        check();
      }
    } catch (error) {
      vm.top = top;
      throw this.refusal(application, error, code, denied);
    }
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
      return new Refusal(code, error.spoken || otherwise);
    }
    this.#host.applications.report(error);
    return new Refusal(code, failureOf(application), { reason: "failed" });
  }
}
