import { ByteReader, ByteWriter, equalBytes } from "../../../bytes/mod.ts";
import { readOption, writeOption } from "../wire/option.ts";

const enum EpdOption {
  RequiredHostname = 0x00,
  AncillaryData = 0x0a,
  Fingerprint = 0x0f,
}

/** Whom a hello looks for (RFC 7425 §4.4). */
export interface EndpointDiscriminator {
  /** The peer id of one peer. */
  readonly fingerprint?: Uint8Array;
  /** The URL of a server's application. */
  readonly ancillaryData?: Uint8Array;
  readonly hostname?: Uint8Array;
}

/** An empty discriminator selects nobody. */
export function readDiscriminator(bytes: Uint8Array): EndpointDiscriminator {
  const input = new ByteReader(bytes);
  const found: { -readonly [key in keyof EndpointDiscriminator]: EndpointDiscriminator[key] } = {};
  while (input.remaining > 0) {
    const option = readOption(input);
    if (!option) continue;
    if (option.type === EpdOption.RequiredHostname) found.hostname = option.value;
    else if (option.type === EpdOption.AncillaryData) found.ancillaryData = option.value;
    else if (option.type === EpdOption.Fingerprint) found.fingerprint = option.value;
  }
  return found;
}

export function writeDiscriminator(epd: EndpointDiscriminator): Uint8Array<ArrayBuffer> {
  const output = new ByteWriter();
  if (epd.fingerprint) writeOption(output, EpdOption.Fingerprint, epd.fingerprint);
  if (epd.ancillaryData) writeOption(output, EpdOption.AncillaryData, epd.ancillaryData);
  if (epd.hostname) writeOption(output, EpdOption.RequiredHostname, epd.hostname);
  return output.take();
}

/** What a certificate's owner answers to. */
export interface Selectable {
  readonly fingerprint: Uint8Array;
  readonly hostname: Uint8Array | undefined;
  readonly acceptsAncillaryData: boolean;
}

/** True when `epd` looks for the owner of this certificate (RFC 7425 §4.4.3). */
export function isSelected(owner: Selectable, epd: EndpointDiscriminator): boolean {
  if (epd.fingerprint) return equalBytes(epd.fingerprint, owner.fingerprint);
  if (epd.hostname && !(owner.hostname && equalBytes(epd.hostname, owner.hostname))) return false;
  if (epd.ancillaryData) return owner.acceptsAncillaryData;
  return epd.hostname !== undefined;
}
