import { ByteWriter } from "../../bytes/mod.ts";
import { type Client, CLOSED_WRITER, type FlowWriter } from "../../hub/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, type Definition, event, method, property } from "../lua/definition.ts";
import { contextOf } from "./client_context.ts";
import { onePer } from "./one_per.ts";
import { RepeatedCall } from "./repeated_call.ts";

/** A flow to a client as a script holds it: without effect once the client is gone. */
export class ScriptWriter {
  readonly client: Client;
  readonly #own: FlowWriter | undefined;

  /** Without a flow of its own it is the client's main one. */
  constructor(client: Client, own?: FlowWriter) {
    this.client = client;
    this.#own = own;
  }

  get isMain(): boolean {
    return this.#own === undefined;
  }

  get flow(): FlowWriter {
    if (contextOf(this.client) === undefined) return CLOSED_WRITER;
    return this.#own ?? this.client.writer;
  }

  get isAlive(): boolean {
    const context = contextOf(this.client);
    return context !== undefined && (this.isMain || context.writers.has(this));
  }
}

/** A client's main flow. */
export const mainWriterOf = onePer((client: Client) => new ScriptWriter(client));

/** `client.writer` and what `newFlowWriter()` makes. */
export function flowWriter(host: Host): Definition<ScriptWriter> {
  const calls = new RepeatedCall();
  return define<ScriptWriter>({
    name: "FlowWriter",
    type: ScriptWriter,
    isAlive: (writer) => writer.isAlive,
    members: {
      reliable: property(
        ({ flow }) => flow.reliable,
        ({ flow }, args) => {
          if (flow !== CLOSED_WRITER) flow.reliable = args.boolean(1);
        },
      ),
      writeRaw: method(({ flow }, args) => flow.writeRaw(args.reader(), () => joined(args))),
      writeMessage: method(({ flow }, args) => flow.writeMessage(args.reader())),
      writeInvocation: method(({ flow }, args) => calls.write(flow, args)),
      writeStatusResponse: method(({ flow }, args) => {
        flow.writeStatus(args.text(1), args.text(2, ""));
      }),
      flush: method(({ flow }, args) => flow.flush(args.boolean(1, true))),
      newFlowWriter: method((writer) => {
        const context = contextOf(writer.client);
        const made = new ScriptWriter(writer.client, writer.flow.newFlowWriter());
        context?.writers.add(made);
        return made;
      }),
      close: method((writer) => {
        if (writer.isMain) writer.client.endsBecause("application", "closed by its application");
        writer.flow.close();
        if (!writer.isMain) closeWriter(host, writer);
      }),
      onManage: event((writer, isDefined) => {
        if (writer.isMain) return;
        if (isDefined) host.managed.set(writer, host.applications.current);
        else host.managed.delete(writer);
      }),
    },
    aliases: {
      writeAMFResult: "writeMessage",
      writeAMFMessage: "writeInvocation",
      newWriter: "newFlowWriter",
    },
  });
}

/** Forgets a flow that a script made. */
function closeWriter(host: Host, writer: ScriptWriter): void {
  contextOf(writer.client)?.writers.delete(writer);
  host.managed.delete(writer);
  host.objects.release(writer);
}

/** The bytes of all arguments, one after another. */
function joined(args: Arguments): Uint8Array {
  const all = new ByteWriter();
  for (let i = 1; i <= args.count; i++) all.bytes(args.view(i));
  return all.take();
}
