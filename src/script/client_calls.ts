import type { Later } from "../base/mod.ts";
import { ProtocolError } from "../bytes/mod.ts";
import type { DataWriter } from "../codecs/mod.ts";
import { type CallQuestion, type Client, Refusal } from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { Host } from "./host.ts";
import { LuaError } from "./lua/error.ts";
import { LuaReader } from "./lua/reader.ts";
import { ALL } from "./lua/vm.ts";
import { LuaWriter } from "./lua/writer.ts";
import { contextOf } from "./objects/client_context.ts";

/** What takes a client's messages, named or not: Flash has no other way to send one. */
export const MESSAGE = "onMessage";

/** Calls of methods that scripts put in their clients. */
export class ClientCalls {
  readonly #host: Host;
  readonly #reserved: ReadonlySet<string>;

  constructor(host: Host, reserved: ReadonlySet<string>) {
    this.#host = host;
    this.#reserved = reserved;
  }

  /** @throws Refusal, or rejects with it */
  call(question: CallQuestion): Later<void> {
    const { client, name, args } = question;
    const { vm, objects, applications } = this.#host;
    const context = contextOf(client);
    if (context === undefined) return;
    const { application } = context;
    const { top } = vm;
    const previous = applications.enter(application, context.account);
    try {
      if (!this.#beginMethod(client, name || MESSAGE)) {
        throw new Refusal(
          "Call.Failed",
          `Method client '${name || MESSAGE}' not found in application ${application.title}`,
          { reason: "missing" },
        );
      }
      const writer = new LuaWriter(vm, objects.typed, args.isTree);
      args.read(writer);
      const suspended = applications.launch(application, 1 + writer.finish(), ALL);
      if (suspended === undefined) return this.#results(question, top);
      return applications.tasks.answer(
        suspended,
        {
          application,
          payer: context.account,
          during: question.during.bind(question),
          question,
          code: "Call.Failed",
        },
        () => this.#results(question, 0),
      ).catch((error) => this.#failCall(question, application, error));
    } catch (error) {
      return this.#failCall(question, application, error);
    } finally {
      applications.leave(previous);
      vm.top = top;
    }
  }

  /** Sends what a method returned, which is on the stack above `base`. */
  #results(question: CallQuestion, base: number): void {
    const { vm, objects } = this.#host;
    if (vm.top === base) return;
    this.#reply(new LuaReader(vm, base + 1, vm.top, objects.typed), question.reply());
  }

  #failCall({ name }: CallQuestion, application: Application, error: unknown): never {
    if (!(error instanceof LuaError)) throw error;
    this.#host.applications.report(error);
    const text = error.spoken ||
      `Method client '${name || MESSAGE}' failed in application ${application.title}`;
    const { place } = error;
    throw new Refusal("Call.Failed", text, { reason: "failed", by: "script", place });
  }

  /** @throws Refusal when the script returned what no format can carry: too deep or too much */
  #reply(results: LuaReader, reply: DataWriter): void {
    try {
      results.read(reply);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const text = `the answer cannot be sent: ${error.message}`;
      this.#host.log.error(text);
      throw new Refusal("Call.Failed", text, { reason: "failed" });
    }
  }

  has(client: Client, name: string): boolean {
    const { vm } = this.#host;
    const { top } = vm;
    const has = contextOf(client) !== undefined && this.#beginMethod(client, name);
    vm.top = top;
    return has;
  }

  /**
   * Pushes a function that scripts put in a client, and the client: false, and the stack as it may
   * be, when there is none.
   */
  #beginMethod(client: Client, name: string): boolean {
    return !this.#reserved.has(name) && this.#host.objects.beginOwn(client, name);
  }
}
