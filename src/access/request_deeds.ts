import { type Client, type Hub, Refusal } from "../hub/mod.ts";
import type { Action } from "./action.ts";

/** What a client does, and with what: the name of a stream, or the path of an application or file. */
export type Deed = readonly [action: Action, path: string];

/** Files whose name is that of a stream, with this behind it. */
const STREAM = /^(.+)\.(?:flv|ts|m3u8)$/i;

/** All that the request under way of a client over HTTP is checked for; nothing for other clients. */
export function requestDeeds(client: Client, names: Hub["names"] | undefined): Deed[] {
  const { protocol, path, requestedFile: file } = client;
  if (protocol !== "HTTP" || file === "") return [];
  const deeds: Deed[] = [["connect", path], ["files", `${path}/${file}`]];
  const [, localName] = STREAM.exec(file) ?? [];
  if (localName === undefined) return deeds;
  try {
    const name = names?.nameOf(path, localName, "Play.Failed") ?? localName;
    return [...deeds, ["play", name], ["publish", name]];
  } catch (error) {
    if (error instanceof Refusal) return deeds;
    throw error;
  }
}
