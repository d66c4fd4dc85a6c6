/**
 * What feeds a publication: a client, a script, the relay from a foreign server, another server of
 * the cluster, a recording.
 */
export type OriginKind = "client" | "script" | "relay" | "server" | "recording";

/** Where a publication comes from. */
export interface Origin {
  readonly kind: OriginKind;
  /** A client's or a server's id; else a name that tells it from others of its kind. */
  readonly id: string;
}

/** The origin as scripts see it: a client's id as it is, `kind:id` for all others. */
export function publisherId({ kind, id }: Origin): string {
  return kind === "client" ? id : `${kind}:${id}`;
}

/** What a publisher asks to become of its stream: NetStream's `publish(name, mode)`. */
export type PublishMode = "live" | "record" | "append";
