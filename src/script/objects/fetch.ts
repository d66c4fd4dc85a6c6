import { errorText } from "../../base/mod.ts";
import { JsonWriter } from "../../codecs/mod.ts";
import type { Fetcher, FetchRequest, FetchResponse } from "../../services/mod.ts";
import type { Host } from "../host.ts";
import type { Arguments } from "../lua/arguments.ts";
import { type Member, method } from "../lua/definition.ts";
import { LuaReader } from "../lua/reader.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import type { Mona } from "./mona_type.ts";

/** Milliseconds for a response, unless the script says otherwise, and at most. */
const TIMEOUT = 10_000;
const MAX_TIMEOUT = 300_000;
const JSON_TYPE = "application/json";
const OPTIONS = ["method", "headers", "body", "timeout", "redirect"];

/**
 * `mona:fetch(url, {method=, headers=, body=, timeout=, redirect=})`: status, body and headers of the
 * response; nil and the reason when there is none.
 */
export function fetchMember(host: Host, fetcher: Fetcher): Member<Mona> {
  return method((_mona, args) => {
    const request = requestOf(host, args);
    return host.suspend((goOn) => {
      const controller = new AbortController();
      fetcher.fetch(request, controller.signal).then(
        (response) => goOn((vm) => pushResponse(vm, response)),
        (error) =>
          goOn((vm) => {
            vm.pushNil();
            vm.pushText(errorText(error));
            return 2;
          }),
      );
      return () => controller.abort(new Error("nobody waits for the response"));
    });
  });
}

function requestOf(host: Host, args: Arguments): FetchRequest {
  const url = args.text(1);
  const options = new Options(args, 2);
  const headers = new Headers();
  options.each("headers", (name, value) => {
    try {
      headers.append(name, value);
    } catch {
      args.fail(2, `'${name}' cannot be a header`);
    }
  });
  const body = bodyOf(host, options, headers);
  const verb = (options.text("method") ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  if (!/^[A-Z]+$/.test(verb) || ["CONNECT", "TRACE", "TRACK"].includes(verb)) {
    args.fail(2, `method '${verb}' is not allowed`);
  }
  if (body !== undefined && (verb === "GET" || verb === "HEAD")) {
    args.fail(2, `${verb} has no body`);
  }
  if (!headers.has("user-agent")) headers.set("user-agent", "MonaServer");
  const timeout = Math.min(options.number("timeout") ?? TIMEOUT, MAX_TIMEOUT);
  if (!(timeout > 0)) args.fail(2, "timeout is in milliseconds, above 0");
  return { url, method: verb, headers, body, timeout, follows: options.isWanted("redirect") };
}

/** A text as it is, a table as JSON. */
function bodyOf(
  { objects }: Host,
  options: Options,
  headers: Headers,
): Uint8Array<ArrayBuffer> | undefined {
  return options.with("body", (vm, type) => {
    if (type === Type.table) {
      const writer = new JsonWriter();
      new LuaReader(vm, vm.top, vm.top, objects.typed).read(writer);
      if (!headers.has("content-type")) headers.set("content-type", JSON_TYPE);
      // What is read as several values is written as an array of them.
      return writer.take().slice(1, -1);
    }
    const bytes = vm.toBytes(-1);
    if (bytes === undefined) options.fail("body is a text or a table");
    vm.spendCopy(bytes?.length ?? 0);
    return bytes;
  });
}

/** The fields of a table of options, which may be missing. */
class Options {
  readonly #args: Arguments;
  readonly #index: number;

  constructor(args: Arguments, index: number) {
    this.#args = args;
    this.#index = index;
    if (args.has(index) && args.type(index) !== Type.table) args.fail(index, "table expected");
    if (!args.has(index)) return;
    this.#eachPair(args.at(index), (name) => {
      if (name === undefined) this.fail("options have names");
      if (!OPTIONS.includes(name)) this.fail(`there is no option '${name}'`);
    });
  }

  fail(problem: string): never {
    this.#args.fail(this.#index, problem);
  }

  /** Reads a field on top of the stack; undefined when it is nil. */
  with<R>(name: string, read: (vm: LuaVM, type: number) => R): R | undefined {
    const { vm } = this.#args;
    if (!this.#args.has(this.#index)) return undefined;
    return vm.scoped(() => {
      vm.reserve(8);
      vm.pushName(name);
      const type = vm.rawGet(this.#args.at(this.#index));
      return type === Type.nil ? undefined : read(vm, type);
    });
  }

  text(name: string): string | undefined {
    return this.with(name, (vm) => vm.toText(-1) ?? this.fail(`${name} is a text`));
  }

  number(name: string): number | undefined {
    return this.with(name, (vm) => vm.toNumber(-1));
  }

  /** True unless it is false. */
  isWanted(name: string): boolean {
    return this.with(name, (vm, type) => {
      if (type !== Type.boolean) this.fail(`${name} is true or false`);
      return vm.toBoolean(-1);
    }) ?? true;
  }

  /** Calls `read` with each pair of texts in a field. */
  each(field: string, read: (name: string, value: string) => void): void {
    this.with(field, (vm, type) => {
      if (type !== Type.table) this.fail(`${field} is a table`);
      this.#eachPair(vm.top, (name) => {
        if (name === undefined) this.fail(`${field} have names`);
        read(name, vm.toText(-1) ?? this.fail(`'${name}' of ${field} is a text`));
      });
    });
  }

  /** Calls `read` with each key of a table that is a text, or undefined; its value is on top. */
  #eachPair(table: number, read: (name: string | undefined) => void): void {
    const { vm } = this.#args;
    vm.scoped(() => {
      vm.reserve(4);
      vm.pushNil();
      while (vm.next(table)) {
        vm.spend(1);
        // A number as a key must stay one.
        read(vm.type(-2) === Type.string ? vm.toText(-2) : undefined);
        vm.pop();
      }
    });
  }
}

function pushResponse(vm: LuaVM, { status, headers, body }: FetchResponse): number {
  vm.pushNumber(status);
  vm.pushBytes(body);
  vm.pushTable();
  for (const [name, value] of headers) {
    vm.pushText(name);
    vm.pushText(value);
    vm.rawSet(-3);
  }
  return 3;
}
