/**
 * Input that breaks a format or a protocol: what was wrong and at which byte offset of the input.
 * Sessions catch it in one place and decide what it costs the peer.
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly offset: number | undefined;

  constructor(reason: string, offset?: number) {
    super(offset === undefined ? reason : `${reason} (at byte ${offset})`);
    this.offset = offset;
  }
}
