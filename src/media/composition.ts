import { ProtocolError } from "../bytes/mod.ts";
import { readTag } from "./frame_reader.ts";

/**
 * Milliseconds by which the picture of a video tag body is shown after it is decoded; of several
 * tracks the latest. 0 of what tells none.
 */
export function compositionOffset(body: Uint8Array): number {
  let latest = 0;
  try {
    readTag("video", body, (_content, _codec, _track, _data, _isKey, offset) => {
      latest = Math.max(latest, offset);
    });
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return latest;
}
