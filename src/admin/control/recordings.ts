import { errorText } from "../../base/mod.ts";
import type { Publication, RecordedFile } from "../../hub/mod.ts";
import { HttpError } from "../../protocols/http/mod.ts";
import { text, word } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlParts } from "./parts.ts";
import { findPublication } from "./publications.ts";
import { act, ask, type Route } from "./route.ts";
import { aCount, aList, anObject, aPage, aText, aTime, DONE, named } from "./schema.ts";

const RECORDING = named(
  "Recording",
  anObject({
    stream: aText(),
    application: aText("Its path, / for the root."),
    name: aText("Below the application's folder of recordings."),
    format: aText(),
    startedAt: aTime("Milliseconds since the Unix epoch."),
    duration: aCount("Milliseconds."),
    size: aCount("Bytes."),
    gaps: aList(anObject({
      at: aCount("Milliseconds from the start."),
      length: aCount("Milliseconds that are missing."),
    })),
  }),
);

const FORMATS = ["mp4", "flv"] as const;

const ORDERS = {
  stream: ({ stream }: RecordedFile) => stream,
  name: ({ name }: RecordedFile) => name,
  since: ({ start }: RecordedFile) => start,
  size: ({ size }: RecordedFile) => size,
};

/** Recordings, those that run and those that are over. */
export function recordingRoutes({ hub, recordings }: ControlParts): Route[] {
  return [
    ask("/recordings", {
      summary: "Files of recordings that are over, oldest first",
      fields: {
        ...pageFields(ORDERS),
        stream: text("Only those of one stream, or of all whose names begin so: film*."),
      },
      answer: aPage(RECORDING),
      respond: ({ stream, ...wanted }) =>
        paged(recordings.list(stream === "" ? {} : { stream }), wanted, {
          orders: ORDERS,
          texts: textsOf,
          show: shown,
        }),
    }),
    act("/publications/{name}/record", {
      summary: "Records a stream until it ends or is stopped",
      fields: {
        path: text("Below the application's folder of recordings; by default that of [record]."),
        format: word("mp4", FORMATS, "Where the path has no ending."),
      },
      answer: DONE,
      respond({ path, format }, part) {
        const publication = findPublication(hub, part("name"));
        const application = applicationOf(publication);
        try {
          recordings.start(publication, { application, format, path: path || undefined });
        } catch (error) {
          throw new HttpError(400, errorText(error));
        }
        return { done: true };
      },
    }),
    act("/publications/{name}/stopRecording", {
      summary: "Ends all recordings of a stream",
      answer: anObject({ stopped: aCount("How many there were.") }),
      respond: (_fields, part) => ({
        stopped: recordings.stop(findPublication(hub, part("name"))),
      }),
    }),
  ];
}

/** The application that a stream's recordings belong to: that of its publisher. */
function applicationOf({ application, publisher }: Publication): string {
  return application || (publisher?.path ?? "");
}

function textsOf({ stream, application, name }: RecordedFile): string[] {
  return [stream, application, name];
}

function shown({ application, start, ...file }: RecordedFile) {
  const { stream, name, format, duration, size, gaps } = file;
  return {
    stream,
    application: application || "/",
    name,
    format,
    startedAt: start,
    duration: Math.round(duration),
    size,
    gaps: gaps.map(({ at, length }) => ({ at: Math.round(at), length: Math.round(length) })),
  };
}
