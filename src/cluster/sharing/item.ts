import { type ByteReader, type ByteWriter, fromHex, hex, ProtocolError } from "../../bytes/mod.ts";
import { readName, writeName } from "../link/frame.ts";

/** Something that a server has and others want to know of. */
export type Item =
  | { readonly kind: "publication"; readonly name: string }
  /** `id`: 64 hexadecimal characters, as `group`'s. */
  | { readonly kind: "peer"; readonly id: string }
  | { readonly kind: "member"; readonly id: string; readonly group: string };

/** An item that came, or went. */
export interface Change {
  readonly isThere: boolean;
  readonly item: Item;
}

const KINDS = ["publication", "peer", "member"] as const;
const THERE = 0x80;
const PEER_ID_SIZE = 32;

/** Appends a change: 8 bits of kind, the highest set when the item came, then its names. */
export function writeChange(out: ByteWriter, { isThere, item }: Change): void {
  out.u8(KINDS.indexOf(item.kind) | (isThere ? THERE : 0));
  if (item.kind === "publication") return writeName(out, item.name);
  writeId(out, item.id);
  if (item.kind === "member") writeId(out, item.group);
}

/** Reads changes to the end. @throws ProtocolError when they are malformed */
export function* readChanges(body: ByteReader): Generator<Change> {
  while (body.remaining > 0) {
    const first = body.u8();
    const isThere = (first & THERE) !== 0;
    const kind = KINDS[first & ~THERE];
    switch (kind) {
      case "publication":
        yield { isThere, item: { kind, name: readName(body) } };
        break;
      case "peer":
        yield { isThere, item: { kind, id: readId(body) } };
        break;
      case "member":
        yield { isThere, item: { kind, id: readId(body), group: readId(body) } };
        break;
      default:
        throw new ProtocolError(`items of kind ${first & ~THERE} are unknown`, body.offset);
    }
  }
}

/** One text for equal items, to find them by. */
export function keyOf(item: Item): string {
  if (item.kind === "publication") return `publication ${item.name}`;
  return item.kind === "peer" ? `peer ${item.id}` : `member ${item.group} ${item.id}`;
}

function writeId(out: ByteWriter, id: string): void {
  const bytes = fromHex(id);
  if (bytes?.length !== PEER_ID_SIZE) throw new RangeError(`${id} is no id of 32 bytes`);
  out.bytes(bytes);
}

function readId(body: ByteReader): string {
  return hex(body.view(PEER_ID_SIZE));
}
