import { ByteReader, ByteWriter, equalBytes } from "../../../bytes/mod.ts";
import { readOption, writeOption } from "../wire/option.ts";

const EpdOption = {
  requiredHostname: 0x00,
  ancillaryData: 0x0a,
  fingerprint: 0x0f,
} as const;

/** The endpoint that a hello asks for (RFC 7425 §4.4). */
export interface EndpointDiscriminator {
  /** The peer id of one peer. */
  readonly fingerprint?: Uint8Array;
  /** The URL of a server's application. */
  readonly ancillaryData?: Uint8Array;
  readonly hostname?: Uint8Array;
}

/** An empty discriminator selects no endpoint. */
export function readDiscriminator(bytes: Uint8Array): EndpointDiscriminator {
  const input = new ByteReader(bytes);
  const found: { -readonly [key in keyof EndpointDiscriminator]: EndpointDiscriminator[key] } = {};
  while (input.remaining > 0) {
    const option = readOption(input);
    if (!option) continue;
    if (option.type === EpdOption.requiredHostname) found.hostname = option.value;
    else if (option.type === EpdOption.ancillaryData) found.ancillaryData = option.value;
    else if (option.type === EpdOption.fingerprint) found.fingerprint = option.value;
  }
  return found;
}

export function writeDiscriminator(epd: EndpointDiscriminator): Uint8Array<ArrayBuffer> {
  const output = new ByteWriter();
  if (epd.fingerprint) writeOption(output, EpdOption.fingerprint, epd.fingerprint);
  if (epd.ancillaryData) writeOption(output, EpdOption.ancillaryData, epd.ancillaryData);
  if (epd.hostname) writeOption(output, EpdOption.requiredHostname, epd.hostname);
  return output.take();
}

/** The fields of a certificate that a discriminator is compared with. */
export interface Selectable {
  readonly fingerprint: Uint8Array;
  readonly hostname: Uint8Array | undefined;
  readonly acceptsAncillaryData: boolean;
}

/** True when `epd` selects the owner of this certificate (RFC 7425 §4.4.3). */
export function isSelected(owner: Selectable, epd: EndpointDiscriminator): boolean {
  if (epd.fingerprint) return equalBytes(epd.fingerprint, owner.fingerprint);
  if (epd.hostname && !(owner.hostname && equalBytes(epd.hostname, owner.hostname))) return false;
  if (epd.ancillaryData) return owner.acceptsAncillaryData;
  return epd.hostname !== undefined;
}
