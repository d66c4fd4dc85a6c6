import type { Client } from "./client.ts";
import type { Refusal } from "./refusal.ts";

/** What a client asks for. */
export type Asked = "connect" | "publish" | "play" | "call" | "file" | "object";

/** Something that a client asked for in vain. */
export interface Refused {
  readonly asked: Asked;
  /** Of the stream, the method or the file; the path of the application for connect. */
  readonly name: string;
  readonly client: Client;
  readonly refusal: Refusal;
}
