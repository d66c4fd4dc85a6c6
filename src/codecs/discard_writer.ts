import type { DataWriter, Ref } from "./data.ts";

/** Takes every value and keeps none: reading into it checks the input and finds where values end. */
export class DiscardWriter implements DataWriter {
  null(): void {}
  undefined(): void {}
  boolean(_value: boolean): void {}
  number(_value: number): void {}
  bigint(_value: bigint): void {}
  string(_source: Uint8Array, _start: number, _end: number): void {}
  date(_time: number, _zone: number): Ref {
    return 0;
  }
  bytes(_source: Uint8Array, _start: number, _end: number): Ref {
    return 0;
  }
  xml(_source: Uint8Array, _start: number, _end: number): Ref {
    return 0;
  }
  beginObject(): Ref {
    return 0;
  }
  property(_source: Uint8Array, _start: number, _end: number): void {}
  endObject(): void {}
  beginArray(): Ref {
    return 0;
  }
  endArray(): void {}
  beginMixed(): Ref {
    return 0;
  }
  endNamed(): void {}
  beginVector(): Ref {
    return 0;
  }
  beginDictionary(): Ref {
    return 0;
  }
  endDictionary(): void {}
  reference(_ref: Ref): boolean {
    return false;
  }
}

export const discard: DataWriter = new DiscardWriter();
