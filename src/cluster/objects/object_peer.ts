/** Another server, as far as objects go. */
export interface ObjectPeer {
  /** 32 hexadecimal characters. */
  readonly id: string;
  write(type: number, body: Uint8Array): void;
}

/** All other servers. */
export interface ObjectPeers extends Iterable<ObjectPeer> {
  write(type: number, body: Uint8Array): void;
}
