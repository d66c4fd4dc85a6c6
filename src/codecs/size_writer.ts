import type { Ref } from "./data.ts";
import { DiscardWriter } from "./discard_writer.ts";
import { COPY_COST } from "./limits.ts";

/** Measures values in bytes: each container once, however often it is repeated. */
export class SizeWriter extends DiscardWriter {
  total = 0;
  #refs = 0;

  #add(size = 0): Ref {
    this.total += size + COPY_COST;
    return ++this.#refs;
  }

  override null(): void {
    this.#add();
  }
  override undefined(): void {
    this.#add();
  }
  override boolean(): void {
    this.#add();
  }
  override number(): void {
    this.#add();
  }
  override bigint(): void {
    this.#add();
  }
  override string(_source: Uint8Array, start: number, end: number): void {
    this.#add(end - start);
  }
  override date(): Ref {
    return this.#add();
  }
  override bytes(_source: Uint8Array, start: number, end: number): Ref {
    return this.#add(end - start);
  }
  override xml(_source: Uint8Array, start: number, end: number): Ref {
    return this.#add(end - start);
  }
  override beginObject(): Ref {
    return this.#add();
  }
  override property(_source: Uint8Array, start: number, end: number): void {
    this.total += end - start;
  }
  override beginArray(): Ref {
    return this.#add();
  }
  override beginMixed(): Ref {
    return this.#add();
  }
  override beginVector(): Ref {
    return this.#add();
  }
  override beginDictionary(): Ref {
    return this.#add();
  }
  override reference(_ref: Ref): boolean {
    return true;
  }
}
