/** Prints whether 4 MB are a mapping of their own, after `keepFreedMemory` when "keep" is given. */
import { keepFreedMemory } from "../../src/net/native_heap.ts";

/** glibc's bit in the word before such a block (malloc.c). */
const IS_MAPPED = 2;

if (Deno.args[0] === "keep") keepFreedMemory();
const library = Deno.dlopen("libc.so.6", {
  malloc: { parameters: ["usize"], result: "pointer" },
});
const block = library.symbols.malloc(4_000_000n);
const head = Deno.UnsafePointer.create(Deno.UnsafePointer.value(block) - 8n);
if (head === null) throw new Error("no memory");
console.log((new Deno.UnsafePointerView(head).getInt32() & IS_MAPPED) !== 0);
