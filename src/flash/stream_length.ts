import { andThen, type Later, orElse } from "../base/mod.ts";
import { type FilmRequest, type Hub, Refusal } from "../hub/mod.ts";

/** Seconds of a file that a client may play; 0 for a live stream, and for what it may not play. */
export function streamLength(hub: Hub, request: FilmRequest): Later<number> {
  if (hub.isPublished(request.client, request.name)) return 0;
  const length = orElse<number>(
    () => andThen(hub.recordings.find(request), (film) => film?.duration() ?? 0),
    (error) => {
      if (error instanceof Refusal) return 0;
      throw error;
    },
  );
  return andThen(length, (milliseconds) => milliseconds / 1000);
}
