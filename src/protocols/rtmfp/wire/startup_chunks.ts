import { type ByteReader, type ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import { MAX_CANDIDATES, MAX_TAG_LENGTH } from "../params.ts";
import { type Address, type Origin, readAddress, writeAddress } from "./address.ts";
import { Chunk, chunk } from "./chunk.ts";

/** The chunks of the handshake (RFC 7016 §2.3.2 to §2.3.8). Byte fields are views of the input. */
export interface InitiatorHello {
  readonly discriminator: Uint8Array;
  readonly tag: Uint8Array;
}

export interface ForwardedHello extends InitiatorHello {
  readonly replyTo: Address;
}

export interface ResponderHello {
  readonly tag: Uint8Array;
  readonly cookie: Uint8Array;
  readonly certificate: Uint8Array;
}

export interface ResponderRedirect {
  readonly tag: Uint8Array;
  /** Empty: ask the sender of the redirection itself. */
  readonly addresses: readonly Address[];
}

export interface CookieChange {
  readonly oldCookie: Uint8Array;
  readonly newCookie: Uint8Array;
}

export interface InitiatorKeying {
  readonly sessionId: number;
  readonly cookie: Uint8Array;
  readonly certificate: Uint8Array;
  readonly component: Uint8Array;
  readonly signature: Uint8Array;
}

export interface ResponderKeying {
  readonly sessionId: number;
  readonly component: Uint8Array;
  readonly signature: Uint8Array;
}

export function readInitiatorHello(input: ByteReader): InitiatorHello {
  return { discriminator: field(input), tag: tagOf(input.rest(), input) };
}

export function writeInitiatorHello(output: ByteWriter, hello: InitiatorHello): void {
  chunk(output, Chunk.initiatorHello, () => {
    putField(output, hello.discriminator);
    output.bytes(hello.tag);
  });
}

export function readForwardedHello(input: ByteReader): ForwardedHello {
  return {
    discriminator: field(input),
    replyTo: readAddress(input),
    tag: tagOf(input.rest(), input),
  };
}

export function writeForwardedHello(
  output: ByteWriter,
  hello: ForwardedHello,
  origin: Origin,
): void {
  chunk(output, Chunk.forwardedHello, () => {
    putField(output, hello.discriminator);
    writeAddress(output, hello.replyTo, origin);
    output.bytes(hello.tag);
  });
}

export function readResponderHello(input: ByteReader): ResponderHello {
  return { tag: tagOf(field(input), input), cookie: field(input), certificate: input.rest() };
}

export function writeResponderHello(output: ByteWriter, hello: ResponderHello): void {
  chunk(output, Chunk.responderHello, () => {
    putField(output, hello.tag);
    putField(output, hello.cookie);
    output.bytes(hello.certificate);
  });
}

export function readResponderRedirect(input: ByteReader): ResponderRedirect {
  const tag = tagOf(field(input), input);
  const addresses: Address[] = [];
  while (input.remaining > 0 && addresses.length < MAX_CANDIDATES) {
    addresses.push(readAddress(input));
  }
  return { tag, addresses };
}

export function writeResponderRedirect(
  output: ByteWriter,
  tag: Uint8Array,
  addresses: readonly (Address & { readonly origin: Origin })[],
): void {
  chunk(output, Chunk.responderRedirect, () => {
    putField(output, tag);
    for (const address of addresses) writeAddress(output, address, address.origin);
  });
}

export function readCookieChange(input: ByteReader): CookieChange {
  return { oldCookie: field(input), newCookie: input.rest() };
}

export function writeCookieChange(output: ByteWriter, change: CookieChange): void {
  chunk(output, Chunk.cookieChange, () => {
    putField(output, change.oldCookie);
    output.bytes(change.newCookie);
  });
}

export function readInitiatorKeying(input: ByteReader): InitiatorKeying {
  return {
    sessionId: input.u32(),
    cookie: field(input),
    certificate: field(input),
    component: field(input),
    signature: input.rest(),
  };
}

export function writeInitiatorKeying(output: ByteWriter, keying: InitiatorKeying): void {
  chunk(output, Chunk.initiatorKeying, () => {
    output.u32(keying.sessionId);
    putField(output, keying.cookie);
    putField(output, keying.certificate);
    putField(output, keying.component);
    output.bytes(keying.signature);
  });
}

export function readResponderKeying(input: ByteReader): ResponderKeying {
  return { sessionId: input.u32(), component: field(input), signature: input.rest() };
}

export function writeResponderKeying(output: ByteWriter, keying: ResponderKeying): void {
  chunk(output, Chunk.responderKeying, () => {
    output.u32(keying.sessionId);
    putField(output, keying.component);
    output.bytes(keying.signature);
  });
}

function field(input: ByteReader): Uint8Array {
  return input.view(input.vlu());
}

function putField(output: ByteWriter, bytes: Uint8Array): void {
  output.vlu(bytes.length).bytes(bytes);
}

function tagOf(tag: Uint8Array, input: ByteReader): Uint8Array {
  if (tag.length > MAX_TAG_LENGTH) {
    throw new ProtocolError(`tag of ${tag.length} bytes`, input.offset);
  }
  return tag;
}
