import type { Arguments } from "./arguments.ts";
import type { LuaVM } from "./vm.ts";

/**
 * What a getter or method answers. Instances of a class that has a {@link Definition} become their
 * object; a function pushes exactly one value itself; {@link Results} are several values.
 */
export type Answer =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Results
  | ((vm: LuaVM) => void)
  | object;

/** Several values as one answer. */
export class Results {
  readonly values: readonly Answer[];

  constructor(...values: readonly Answer[]) {
    this.values = values;
  }
}

/** `count` values that a method pushed itself. */
export class Pushed {
  readonly count: number;

  constructor(count: number) {
    this.count = count;
  }
}

/** What a name of an object is to scripts. */
export type Member<T> =
  | { readonly kind: "readonly" | "part"; readonly get: (self: T) => Answer }
  | {
    readonly kind: "property";
    readonly get: (self: T) => Answer;
    readonly set: (self: T, args: Arguments) => void;
  }
  | { readonly kind: "method"; readonly call: (self: T, args: Arguments) => Answer | void }
  | { readonly kind: "event"; readonly watch: ((self: T, isDefined: boolean) => void) | undefined };

/** A member that scripts read; to assign it is an error that names it. */
export function readonly<T>(get: (self: T) => Answer): Member<T> {
  return { kind: "readonly", get };
}

/**
 * A read-only member that is an object of its own: while its owner is alive it is too, with what
 * scripts put in it. `get` gives the same object each time.
 */
export function part<T>(get: (self: T) => object): Member<T> {
  return { kind: "part", get };
}

/** A member that scripts read and assign; the new value is argument 1. */
export function property<T>(
  get: (self: T) => Answer,
  set: (self: T, args: Arguments) => void,
): Member<T> {
  return { kind: "property", get, set };
}

/** A function of the object; argument 1 is the first one after the object itself. */
export function method<T>(call: (self: T, args: Arguments) => Answer | void): Member<T> {
  return { kind: "method", call };
}

/**
 * A function that scripts assign and the server calls ({@link Objects.event}). `watch` is told
 * when it comes to be defined, and when a call found it gone.
 */
export function event<T>(watch?: (self: T, isDefined: boolean) => void): Member<T> {
  return { kind: "event", watch };
}

/** How a class looks to scripts. */
export interface Definition<T extends object> {
  /** Its name in errors, `tostring` and the references. */
  readonly name: string;
  // deno-lint-ignore no-explicit-any
  readonly type: abstract new (...args: any[]) => T;
  readonly members: Readonly<Record<string, Member<T>>>;
  /** Other names of members, as later or earlier servers spelled them: alias → member. */
  readonly aliases?: Readonly<Record<string, string>>;
  /**
   * Members that not every server had: scripts use their names for what is theirs, and a value that
   * one assigns replaces the member.
   */
  readonly yields?: readonly string[];
  /** Members that only the instance knows, such as URL parameters; undefined when it has none. */
  readonly dynamic?: (self: T, name: string) => Answer;
  /** `object[key]` for every key, asked before the members; argument 1 is the key. */
  readonly index?: (self: T, args: Arguments) => Answer;
  /** `object[key] = value` for every key, instead of members; arguments 1 and 2. */
  readonly assign?: (self: T, args: Arguments) => void;
  /** `tostring(object)`; its name and address without. */
  readonly text?: (self: T) => string;
  /** `object == other`, for two objects of the class; without, an object equals itself alone. */
  readonly equals?: (self: T, other: T) => boolean;
  /** `object[number]`. */
  readonly element?: (self: T, index: number) => Answer;
  /** `object[other]`, where the key is an object of ours. */
  readonly keyed?: (self: T, key: object) => Answer;
  /** `object(...)`. */
  readonly call?: (self: T, args: Arguments) => Answer;
  /** `#object` and `object.count`. */
  readonly length?: (self: T) => number;
  /** What `pairs`, `ipairs`, `object:pairs()` and `object:ipairs()` go through. */
  readonly entries?: (self: T) => Iterable<readonly [key: Answer, value: Answer]>;
  /** What `pairs` and `object:pairs()` go through when it is not the same: other keys, say. */
  readonly pairs?: (self: T) => Iterable<readonly [key: Answer, value: Answer]>;
  /** What the object is as data, by name; without, only what scripts put in it. */
  readonly data?: (self: T) => Iterable<readonly [name: Answer, value: Answer]>;
  /**
   * True while the object stands for something: it then keeps its Lua value and what scripts put
   * in it, until {@link Objects.release}. Otherwise it lives as long as a script holds it.
   */
  readonly isAlive?: (self: T) => boolean;
  /** Lua collected the object's value; never called while it is alive. */
  readonly onCollected?: (self: T) => void;
}

/** Declares how a class looks to scripts; see docs/lua_objects.md. */
export function define<T extends object>(definition: Definition<T>): Definition<T> {
  return definition;
}
