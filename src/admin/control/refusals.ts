import type { Asked, Refuser } from "../../hub/mod.ts";
import type { ShownRefusal } from "../events/refusals.ts";
import { PEER } from "./clients.ts";
import { text, word } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlParts, CountedError } from "./parts.ts";
import { ask, type Route } from "./route.ts";
import { aCount, anObject, aPage, aText, aTime, aWord, named, orNull } from "./schema.ts";

const ASKED = ["connect", "publish", "play", "call", "file", "object"] as const satisfies Asked[];
const REFUSERS = ["script", "rule", "hook", "limit", "server"] as const satisfies Refuser[];

const PLACE = {
  file: orNull(aText("Below the folder of all applications, as in www/live/main.lua.")),
  line: orNull(aCount()),
};

const REFUSAL = named(
  "Refusal",
  anObject({
    at: aTime("Milliseconds since the Unix epoch."),
    asked: aWord(ASKED),
    name: aText("Of the stream, the method or the file; the application's path for connect."),
    client: PEER,
    application: aText("Path of the client's application."),
    by: aWord(REFUSERS),
    why: aText("What the client was told."),
    ...PLACE,
  }),
);

const ERROR = named(
  "CountedError",
  anObject({
    at: aTime("Of the newest, in milliseconds since the Unix epoch."),
    application: aText("Its path, as in /live; / for the root."),
    message: aText(),
    ...PLACE,
    count: aCount("How often it came."),
  }),
);

/** Refusals of clients, and errors of scripts. */
export function refusalRoutes({ refusals, scripts }: ControlParts): Route[] {
  return [
    ask("/refusals", {
      summary: "What clients asked for in vain, the newest first",
      fields: {
        ...pageFields({}),
        asked: word("", ASKED, "Only what was asked for so."),
        by: word("", REFUSERS, "Only what was refused by those."),
      },
      answer: aPage(REFUSAL),
      respond({ asked, by, ...wanted }) {
        const found = refusals.newest.filter((refusal) =>
          (asked === "" || refusal.asked === asked) && (by === "" || refusal.by === by)
        );
        return paged(found, wanted, { texts: textsOf, show: (refusal) => refusal });
      },
    }),
    ask("/errors", {
      summary: "Errors of scripts, the newest first, each message once",
      fields: {
        ...pageFields({}),
        application: text("Only those of one application, by its path."),
      },
      answer: aPage(ERROR),
      respond({ application, ...wanted }) {
        const found = [...scripts.newestErrors()].filter((error) =>
          application === "" || error.application === application
        );
        const texts = ({ application, message }: CountedError) => [application, message];
        return paged(found, wanted, { texts, show: (error) => error });
      },
    }),
  ];
}

function textsOf({ name, why, application, client }: ShownRefusal): string[] {
  return [name, why, application, client.address, client.id, client.user ?? ""];
}
