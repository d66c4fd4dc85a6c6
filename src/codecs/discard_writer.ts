import type { DataWriter, Ref } from "./data.ts";

/** Takes every value and keeps none: reading into it checks the input and finds where values end. */
class DiscardWriter implements DataWriter {
  null(): void {}
  undefined(): void {}
  boolean(): void {}
  number(): void {}
  bigint(): void {}
  string(): void {}
  date(): Ref {
    return 0;
  }
  bytes(): Ref {
    return 0;
  }
  xml(): Ref {
    return 0;
  }
  beginObject(): Ref {
    return 0;
  }
  property(): void {}
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
  reference(): boolean {
    return false;
  }
}

export const discard: DataWriter = new DiscardWriter();
