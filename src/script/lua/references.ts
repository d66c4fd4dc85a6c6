import { LuaStack, REGISTRY } from "./stack.ts";

/** A stack whose values can be kept, and the collector of those that are not. */
export class LuaReferences extends LuaStack {
  readonly #constants = new Map<string, number>();
  #count = 0;
  readonly #free: number[] = [];
  /** Reference of Lua's own function, which scripts get another one for. */
  #collectgarbage = 0;

  /** Pushes a name that is in our source; the same Lua string each time, made once. */
  pushName(text: string): void {
    const id = this.#constants.get(text);
    if (id !== undefined) {
      this.c.lua_rawgetp(this.L, REGISTRY, id);
      return;
    }
    this.pushText(text);
    this.pushCopy(-1);
    this.#constants.set(text, this.ref());
  }

  /** Pops the top value and keeps it until {@link unref}. */
  ref(): number {
    const id = this.#free.pop() ?? ++this.#count;
    this.c.lua_rawsetp(this.L, REGISTRY, id);
    return id;
  }

  /** Pushes what {@link ref} kept. */
  pushRef(id: number): number {
    return this.c.lua_rawgetp(this.L, REGISTRY, id);
  }

  unref(id: number): void {
    this.pushNil();
    this.c.lua_rawsetp(this.L, REGISTRY, id);
    this.#free.push(id);
  }

  /** Bytes that live values and garbage hold now. */
  get used(): number {
    this.#collector("count");
    const kilobytes = this.toNumber(-1);
    this.pop();
    return kilobytes * 1024;
  }

  /** Runs a full collection, finalizers included, and returns the bytes still held. */
  override collect(): number {
    for (let i = 0; i < 2; i++) {
      this.#collector("collect");
      this.pop();
    }
    return this.used;
  }

  /** One step of the collector: whether it ended a cycle. Undefined inside of a finalizer. */
  collectStep(): boolean | undefined {
    this.#collector("step");
    const ended = this.isNil(-1) ? undefined : this.toBoolean(-1);
    this.pop();
    return ended;
  }

  /** Calls Lua's own `collectgarbage` and leaves its result: the module exports no `lua_gc`. */
  #collector(option: "count" | "collect" | "step"): void {
    if (this.#collectgarbage === 0) {
      this.c.lua_getfield(this.L, REGISTRY, this.name("_LOADED"));
      this.getField(-1, "_G");
      this.getField(-1, "collectgarbage");
      this.#collectgarbage = this.ref();
      this.pop(2);
    }
    this.pushRef(this.#collectgarbage);
    this.pushName(option);
    this.c.lua_pcallk(this.L, 1, 1, 0, 0, 0);
  }
}
