import { levels } from "../../base/mod.ts";
import { HttpError } from "../../protocols/http/mod.ts";
import { EVENT_KINDS, type EventKind, type ServerEvent } from "../events/event.ts";
import { MAX_READERS } from "../events/events.ts";
import { text, whole, word } from "./field.ts";
import type { ControlParts } from "./parts.ts";
import { act, ask, EVENTS_TYPE, type Route, Stream } from "./route.ts";
import { aCount, aList, anObject, aText, aTime, aWord, named, type Schema } from "./schema.ts";

const LINE = named(
  "LogLine",
  anObject({
    id: aCount("Its place among all lines since the start."),
    at: aTime("Milliseconds since the Unix epoch."),
    level: aWord(levels),
    name: aText("The room of the server, then the peer: rtmp 127.0.0.1:5123."),
    text: aText(),
  }),
);

const LEVEL: Schema = anObject({ level: aWord(levels) });

/** Lines of one answer, at most. */
const MOST_LINES = 1_000;

/** The log, and what happens as it happens. */
export function logRoutes({ log, events }: ControlParts): Route[] {
  return [
    ask("/log", {
      summary: "The newest lines of the log, the newest last",
      fields: {
        level: word("TRACE", levels, "The least grave level."),
        search: text("A part of the text or the name, in any case."),
        name: text("How the name begins, as in rtmp."),
        before: whole(0, [0, Number.MAX_SAFE_INTEGER], "Only lines before the one of that id."),
        limit: whole(200, [1, MOST_LINES], "Maximum number of lines."),
      },
      answer: anObject({ lines: aList(LINE) }),
      respond: (filter) => ({ lines: log.lines.find(filter) }),
    }),
    act("/log/level", {
      summary: "Changes the lowest level that is written, until the server stops",
      fields: { level: word("INFO", levels, "The least grave level.") },
      answer: LEVEL,
      respond({ level }) {
        log.level = level;
        return { level };
      },
    }),
    ask("/events", {
      summary: "What happens, as server-sent events",
      fields: {
        kinds: text("Kinds of events, separated by commas; all but log when it is empty."),
        level: word("INFO", levels, "The least grave level of events of the kind log."),
      },
      answer: aText(EVENTS_TYPE),
      stream: EVENTS_TYPE,
      respond({ kinds, level }, _path, { lastEvent }) {
        const wanted = kindsOf(kinds);
        const threshold = levels.indexOf(level);
        const wants = ({ kind, data }: ServerEvent) =>
          wanted.has(kind) &&
          (kind !== "log" || levels.indexOf(data["level"] as typeof level) <= threshold);
        const after = /^\d{1,15}$/.test(lastEvent ?? "") ? Number(lastEvent) : undefined;
        const reader = events.read(wants, after);
        if (reader !== undefined) return new Stream(EVENTS_TYPE, reader);
        throw new HttpError(503, `more than ${MAX_READERS} read events`, [["retry-after", "30"]]);
      },
    }),
  ];
}

function kindsOf(text: string): ReadonlySet<EventKind> {
  if (text === "") return new Set(EVENT_KINDS.filter((kind) => kind !== "log"));
  return new Set(
    text.split(",").map((name) => {
      const kind = EVENT_KINDS.find((kind) => kind === name.trim());
      if (kind === undefined) {
        throw new HttpError(400, `kinds: ${name} is none of ${EVENT_KINDS.join(", ")}`);
      }
      return kind;
    }),
  );
}
