import { ByteWriter, encodeText } from "../../../src/bytes/mod.ts";
import { Attribute, swf, Tag } from "./file.ts";

/** Writes actions that leave one value on the stack. */
export type Expression = (out: ByteWriter) => void;
export type Value = Expression | string | number | boolean | null;

const Action = {
  end: 0x00,
  not: 0x12,
  pop: 0x17,
  getVariable: 0x1c,
  setVariable: 0x1d,
  return: 0x3e,
  newObject: 0x40,
  initObject: 0x43,
  equals: 0x49,
  getMember: 0x4e,
  setMember: 0x4f,
  callMethod: 0x52,
  push: 0x96,
  defineFunction: 0x9b,
  if: 0x9d,
} as const;

/** Kinds of constants behind a push. */
const Constant = { text: 0, null: 2, boolean: 5, integer: 7 } as const;

const SCRIPT_VERSION = 8;

function push(out: ByteWriter, ...values: Value[]): void {
  for (const value of values) {
    if (typeof value === "function") {
      value(out);
      continue;
    }
    const constant = new ByteWriter();
    if (typeof value === "string") constant.u8(Constant.text).bytes(encodeText(`${value}\0`));
    else if (typeof value === "number") constant.u8(Constant.integer).u32LE(value);
    else if (value === null) constant.u8(Constant.null);
    else constant.u8(Constant.boolean).u8(Number(value));
    out.u8(Action.push).u16LE(constant.length).bytes(constant.view());
  }
}

function run(out: ByteWriter, script: readonly Value[]): void {
  for (const value of script) {
    push(out, value);
    out.u8(Action.pop);
  }
}

/** A variable, or a member of one, such as `this.place`. */
export const name = (path: string): Expression => (out) => {
  const [first = "", ...rest] = path.split(".");
  push(out, first);
  out.u8(Action.getVariable);
  for (const member of rest) {
    push(out, member);
    out.u8(Action.getMember);
  }
};

export const call = (object: Value, method: string, ...args: Value[]): Expression => (out) => {
  push(out, ...args.toReversed(), args.length, object, method);
  out.u8(Action.callMethod);
};

export const make = (type: string, ...args: Value[]): Expression => (out) => {
  push(out, ...args.toReversed(), args.length, type);
  out.u8(Action.newObject);
};

/** An object without a class. */
export const record = (properties: Readonly<Record<string, Value>>): Expression => (out) => {
  const entries = Object.entries(properties);
  push(out, ...entries.flat(), entries.length);
  out.u8(Action.initObject);
};

/** Gives a variable a value. */
export const assign = (variable: string, value: Value): Expression => (out) => {
  push(out, variable, value);
  out.u8(Action.setVariable);
  push(out, null);
};

/** Gives a property of an object a value. */
export const set = (object: Value, property: string, value: Value): Expression => (out) => {
  push(out, object, property, value);
  out.u8(Action.setMember);
  push(out, null);
};

export const equals = (value: Value, other: Value): Expression => (out) => {
  push(out, value, other);
  out.u8(Action.equals);
};

/** Ends the callback with a value. */
export const answer = (value: Value): Expression => (out) => {
  push(out, value);
  out.u8(Action.return);
  push(out, null);
};

export const when = (condition: Value, ...script: Value[]): Expression => (out) => {
  const body = new ByteWriter();
  run(body, script);
  push(out, condition);
  out.u8(Action.not).u8(Action.if).u16LE(2).u16LE(body.length).bytes(body.view());
  push(out, null);
};

export const callback =
  (parameters: readonly string[], ...script: Value[]): Expression => (out) => {
    const body = new ByteWriter();
    run(body, script);
    const names = ["", ...parameters].map((text) => encodeText(`${text}\0`));
    const [own, ...others] = names as [Uint8Array, ...Uint8Array[]];
    const head = new ByteWriter();
    head.bytes(own).u16LE(parameters.length);
    for (const text of others) head.bytes(text);
    head.u16LE(body.length);
    out.u8(Action.defineFunction).u16LE(head.length).bytes(head.view()).bytes(body.view());
  };

/** Calls the page's function `report`. */
export const report = (...values: Value[]): Expression =>
  call(name("flash.external.ExternalInterface"), "call", "report", ...values);

/**
 * A movie in ActionScript 2, which runs the script in its first frame.
 * Source: SWF File Format Specification 19, chapter "Actions".
 */
export const actionScript2 = (script: readonly Value[]): Uint8Array<ArrayBuffer> =>
  swf(SCRIPT_VERSION, Attribute.none, [
    [Tag.doAction, (body) => {
      run(body, script);
      body.u8(Action.end);
    }],
  ]);
