import { ProtocolError } from "../../bytes/mod.ts";
import type { EnvelopeHeader } from "./envelope.ts";

/** What a packet's headers are to the client that sent it. */
export interface HeaderUse {
  /** Those that name one of the client's methods: it is called before the packet's calls. */
  readonly calls: readonly EnvelopeHeader[];
  /** Those that are one text, number or boolean. */
  readonly texts: ReadonlyMap<string, string>;
}

/** @throws ProtocolError when one has to be understood and names no method */
export function useOfHeaders(
  headers: readonly EnvelopeHeader[],
  hasMethod: (name: string) => boolean,
): HeaderUse {
  const calls: EnvelopeHeader[] = [];
  const texts = new Map<string, string>();
  for (const header of headers) {
    const { name, mustUnderstand, value } = header;
    if (hasMethod(name)) calls.push(header);
    else if (mustUnderstand) throw new ProtocolError(`header ${name} is not known`);
    if (value !== null && typeof value !== "object") texts.set(name, String(value));
  }
  return { calls, texts };
}
