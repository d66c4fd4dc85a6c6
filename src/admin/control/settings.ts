import type { ControlParts } from "./parts.ts";
import { ask, type Route } from "./route.ts";
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

/** The keys of the ini. */
export function settingRoutes({ settings }: ControlParts): Route[] {
  return [
    ask("/settings", {
      summary: "All keys of the settings; secrets without their value",
      answer: anObject({ items: aList(SETTING) }),
      respond: () => ({ items: settings.list() }),
    }),
  ];
}
