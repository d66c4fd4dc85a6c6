// Writes docs/openapi.json from the routes of the control interface.
import { type ControlParts, controlRoutes, openApi } from "../src/admin/mod.ts";
import { systemClock } from "../src/base/mod.ts";
import { Hub } from "../src/hub/mod.ts";
import project from "../deno.json" with { type: "json" };

/** The document as the file has it; no route is asked for that. */
export function openApiText(): string {
  const parts = { hub: new Hub({ clock: systemClock }) } as ControlParts;
  return `${JSON.stringify(openApi(controlRoutes(parts), project.version), undefined, 2)}\n`;
}

if (import.meta.main) {
  const file = new URL("../docs/openapi.json", import.meta.url);
  Deno.writeTextFileSync(file, openApiText());
}
