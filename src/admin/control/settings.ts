import { HttpError } from "../../protocols/http/mod.ts";
import { texts } from "./field.ts";
import type { ControlParts } from "./parts.ts";
import { act, ask, type Route } from "./route.ts";
import { aFlag, aList, anObject, aText, named, orNull } from "./schema.ts";

const SETTING = named(
  "Setting",
  anObject({
    key: aText("As in live.gop."),
    value: orNull(aText("As the ini writes it; null for a secret.")),
    isSecret: aFlag(),
    isSet: aFlag("By the ini, the command line or an operator."),
    default: aText(),
    wanted: aText("What a value must be."),
    unit: orNull(aText()),
    help: aText(),
    live: aFlag("A change takes effect while the server runs."),
    where: orNull(aText("File and line, or option, that set it.")),
    isPending: aFlag("The ini says otherwise by now, which takes a restart."),
  }),
);

/** Keys that one act changes, at most. */
const MOST_CHANGES = 50;

/** The keys of the ini. */
export function settingRoutes({ settings }: ControlParts): Route[] {
  return [
    ask("/settings", {
      summary: "All keys of the settings; secrets without their value",
      answer: anObject({ items: aList(SETTING) }),
      respond: () => ({ items: settings.list() }),
    }),
    act("/settings", {
      summary: "Changes keys until the server stops; those that need a restart are named instead",
      fields: { changes: texts("New values by key, as the ini writes them.", MOST_CHANGES) },
      answer: anObject({
        applied: aList(aText("A key that has its new value.")),
        restart: aList(aText("A key that was not changed, as it needs a restart.")),
      }),
      // Values may be secrets.
      tell: ({ changes }) => [...changes.keys()].join(", "),
      respond({ changes }) {
        try {
          return settings.change(changes);
        } catch (error) {
          if (error instanceof Error) throw new HttpError(400, error.message);
          throw error;
        }
      },
    }),
  ];
}
