import { HttpError } from "../../protocols/http/mod.ts";
import { neededText, text, whole } from "./field.ts";
import { paged, pageFields } from "./paging.ts";
import type { ControlParts } from "./parts.ts";
import { act, ask, removal, type Route } from "./route.ts";
import { anObject, aPage, aText, aTime, aWord, DONE, named, orNull } from "./schema.ts";
import type { Ban } from "./timed_bans.ts";

const BAN = named(
  "Ban",
  anObject({
    entry: aText("The address, or a range such as 10.0.0.0/8."),
    until: orNull(aTime("Milliseconds since the Unix epoch; null until the server stops.")),
    words: aText("Why, in the operator's words."),
    source: aWord(["control", "script"]),
  }),
);

/** Seconds of the longest ban that has an end: timers know no longer ones. */
const LONGEST = 2_000_000;

const ORDERS = { entry: ({ entry }: Ban) => entry, until: ({ until }: Ban) => until ?? Infinity };

export function banRoutes({ bans }: ControlParts): Route[] {
  return [
    ask("/bans", {
      summary: "Addresses that no protocol talks to",
      fields: pageFields(ORDERS),
      answer: aPage(BAN),
      respond: (wanted) =>
        paged(bans.all(), wanted, {
          orders: ORDERS,
          texts: ({ entry, words }) => [entry, words],
          show: (ban) => ban,
        }),
    }),
    act("/bans", {
      summary: "Refuses an address or a range from now on, and cuts its clients",
      fields: {
        address: neededText("An IPv4 or IPv6 address, or a range such as 10.0.0.0/8.", 64),
        seconds: whole(0, [0, LONGEST], "For how long; 0 until the server stops."),
        words: text("Why, for the list."),
      },
      answer: BAN,
      respond: ({ address, seconds, words }) => asAddress(() => bans.ban(address, seconds, words)),
    }),
    removal("/bans/{entry}", {
      summary: "Lifts a ban",
      answer: DONE,
      respond(_fields, path) {
        const entry = path("entry");
        if (!asAddress(() => bans.unban(entry))) throw new HttpError(404, `${entry} is not banned`);
        return { done: true };
      },
    }),
  ];
}

/** @throws HttpError 400 for what is no address */
function asAddress<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof TypeError) throw new HttpError(400, error.message);
    throw error;
  }
}
