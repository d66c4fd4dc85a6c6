import { andThen } from "../../base/mod.ts";
import { HttpError } from "../../protocols/http/mod.ts";
import { list, neededText, whole } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ApplicationFacts, ControlParts } from "./parts.ts";
import { act, ask, type Route } from "./route.ts";
import {
  aCount,
  aList,
  anObject,
  anything,
  aPage,
  aText,
  aTime,
  aWord,
  named,
  orNull,
  type Schema,
} from "./schema.ts";

/** Characters that the console takes at once, and arguments of a call. */
const LONGEST_SOURCE = 32_768;
const MOST_ARGUMENTS = 100;
/** Lines of a file that are shown around one, on each side. */
const MOST_AROUND = 1_000;

const ERROR: Schema = named(
  "ScriptError",
  anObject({
    message: aText(),
    file: orNull(aText("Below the folder of all applications, as in www/live/main.lua.")),
    line: orNull(aCount()),
    at: aTime("Milliseconds since the Unix epoch."),
  }),
);

const APPLICATION = named(
  "Application",
  anObject({
    path: aText("/ for the root, else as in /live."),
    state: aWord(
      ["running", "failed", "stopped", "idle"],
      "idle: a folder without a main.lua, which runs nothing.",
    ),
    clients: aCount(),
    resources: aCount("Timers, sockets, publications and the like that it opened."),
    errors: aCount("Of its scripts, since the server started."),
    lastError: orNull(ERROR),
  }),
);

const ORDERS = {
  path: ({ path }: ApplicationFacts) => path,
  clients: ({ clients }: ApplicationFacts) => clients,
  errors: ({ errors }: ApplicationFacts) => errors,
};

export function applicationRoutes({ scripts, server }: ControlParts): Route[] {
  const missing = (path: string) => new HttpError(404, `there is no application ${path}`);
  const checkConsole = () => {
    if (!server.hasConsole()) throw new HttpError(403, "[admin] console is switched off");
  };
  return [
    ask("/applications", {
      summary: "Applications that were used, with their newest errors",
      fields: pageFields(ORDERS),
      answer: aPage(APPLICATION),
      respond: (wanted) =>
        paged(
          scripts.list(),
          wanted,
          {
            orders: ORDERS,
            texts: ({ path, lastError }) => [path, lastError?.message ?? ""],
            show: (application) => application,
          },
        ),
    }),
    act("/applications/{path}/restart", {
      summary: "Stops an application and starts it again from its main.lua",
      answer: APPLICATION,
      respond(_fields, path) {
        const application = scripts.restart(path("path"));
        if (application === undefined) throw missing(path("path"));
        return application;
      },
    }),
    act("/applications/{path}/call", {
      summary: "Calls a global function of an application",
      fields: {
        name: neededText("Name of the function; of one in a table as in table.name.", 256),
        arguments: list("Its arguments, any values of JSON.", MOST_ARGUMENTS),
      },
      answer: anObject({ results: aList(anything("As JSON has them.")) }),
      // Arguments may be keys.
      tell: ({ name, arguments: { length } }) => `${name} with ${length} arguments`,
      respond({ name, arguments: args }, path) {
        checkConsole();
        const called = spoken(() => scripts.call(path("path"), name, args));
        if (called === undefined) throw missing(path("path"));
        return andThen(called, (results) => ({ results }));
      },
    }),
    act("/applications/{path}/evaluate", {
      summary: "Runs Lua in an application: an expression, or statements",
      fields: { source: neededText("What to run.", LONGEST_SOURCE) },
      answer: anObject({
        results: aList(aText("A value as a text.")),
        printed: aList(aText("A line that was printed meanwhile.")),
      }),
      respond({ source }, path) {
        checkConsole();
        const evaluation = spoken(() => scripts.evaluate(path("path"), source));
        if (evaluation === undefined) throw missing(path("path"));
        return evaluation;
      },
    }),
    ask("/applications/{path}/files", {
      summary: "Files of an application that can be shown",
      answer: anObject({
        files: aList(anObject({
          name: aText("Below the folder of the application."),
          size: aCount("Bytes."),
          modified: aTime("Milliseconds since the Unix epoch."),
        })),
      }),
      respond(_fields, path) {
        const files = scripts.files(path("path"));
        if (files === undefined) throw missing(path("path"));
        return { files };
      },
    }),
    ask("/applications/{path}/source", {
      summary: "Lines of a file of an application",
      fields: {
        file: neededText("As in the list of files."),
        line: whole(0, [0, 10_000_000], "The line in the middle; 0 for all lines from the first."),
        around: whole(20, [0, MOST_AROUND], "Lines before it and behind it."),
      },
      answer: anObject({
        file: aText(),
        from: aCount("Number of the first line that is shown."),
        total: aCount("Lines of the file."),
        lines: aList(aText()),
      }),
      respond({ file, line, around }, path) {
        const text = scripts.read(path("path"), file);
        if (text === undefined) throw new HttpError(404, `${file} is no file that can be shown`);
        const lines = text.split(/\r\n|\r|\n/);
        const first = line === 0 ? 0 : Math.max(0, line - 1 - around);
        const last = line === 0 ? 2 * MOST_AROUND : line + around;
        return { file, from: first + 1, total: lines.length, lines: lines.slice(first, last) };
      },
    }),
  ];
}

/** What a script answers by an error is an answer. @throws HttpError 400 */
function spoken<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof HttpError || !(error instanceof Error)) throw error;
    throw new HttpError(400, error.message);
  }
}
