import type { Later } from "../base/mod.ts";
import {
  type Client,
  type ReadDecision,
  type ReadQuestion,
  Refusal,
  type WriteQuestion,
} from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { Host } from "./host.ts";
import { Type } from "./lua/stack.ts";
import { ALL, type LuaVM } from "./lua/vm.ts";
import type { ClientContext } from "./objects/client_context.ts";
import { LuaWriter } from "./lua/writer.ts";

/**
 * Asks `client:onRead(file, parameters)`, else the application's `onRead(client, file,
 * parameters)`, what to do with a file. A text is the file to send instead; a table, first or
 * second, holds template values; false refuses; nil means that the script answers itself.
 * @throws LuaError, Refusal
 */
export function decideRead(
  host: Host,
  { application, account }: ClientContext,
  question: ReadQuestion,
): Later<ReadDecision> {
  const { client, file, parameters } = question;
  const { vm, objects, applications } = host;
  return applications.within(application, account, (base) => {
    if (!begin(host, application, client, "onRead")) return { kind: "file", file };
    vm.pushText(file);
    const writer = new LuaWriter(vm, objects.typed, parameters.isTree);
    parameters.read(writer);
    const suspended = applications.launch(application, 2 + writer.finish(), ALL);
    if (suspended === undefined) return decisionOf(vm, base + 1, file);
    const during = question.during.bind(question);
    const options = { application, payer: account, during, question, code: "Read.Failed" };
    return applications.tasks.answer(suspended, options, () => decisionOf(vm, 1, file));
  });
}

/**
 * Asks `client:onWrite(file)`, else the application's `onWrite(client, file)`, whether a file may be
 * stored: only when the answer is true, or as good as true.
 * @throws LuaError
 */
export function decideWrite(
  host: Host,
  { application, account }: ClientContext,
  question: WriteQuestion,
): Later<boolean> {
  const { client, file } = question;
  const { vm, applications } = host;
  return applications.within(application, account, () => {
    if (!begin(host, application, client, "onWrite")) return false;
    vm.pushText(file);
    const suspended = applications.launch(application, 2, 1);
    if (suspended === undefined) return vm.toBoolean(-1);
    const options = { application, payer: account, question, code: "Write.Failed" };
    return applications.tasks.answer(suspended, options, () => vm.top > 0 && vm.toBoolean(1));
  });
}

/** Pushes the client's own event, else the application's, and the client; false without either. */
function begin(
  { objects, applications }: Host,
  application: Application,
  client: Client,
  event: "onRead" | "onWrite",
): boolean {
  if (objects.event(client, event)) return true;
  if (!application.has(event) || !applications.begin(application, event)) return false;
  objects.pushObject(client);
  return true;
}

function decisionOf(vm: LuaVM, first: number, file: string): ReadDecision {
  if (first > vm.top || vm.isNil(first)) return { kind: "handled" };
  const type = vm.type(first);
  if (type === Type.boolean && !vm.toBoolean(first)) {
    throw new Refusal("Read.Failed", `Not allowed to read ${file}`, { by: "script" });
  }
  const named = type === Type.string ? vm.toText(first) ?? file : file;
  const table = type === Type.table ? first : first + 1;
  if (table > vm.top || vm.type(table) !== Type.table) return { kind: "file", file: named };
  return { kind: "file", file: named, values: templateValues(vm, table) };
}

function templateValues(vm: LuaVM, table: number): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  vm.reserve(4);
  vm.pushNil();
  while (vm.next(table)) {
    if (vm.type(-2) === Type.string) {
      const value = vm.type(-1) === Type.boolean
        ? new TextEncoder().encode(String(vm.toBoolean(-1)))
        : vm.toBytes(-1);
      if (value !== undefined) values.set(vm.toText(-2) ?? "", value);
    }
    vm.pop();
  }
  return values;
}
