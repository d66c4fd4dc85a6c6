import type { Hub } from "../hub/mod.ts";

/** True for a path whose first folders are an application of their own. */
export function isElsewhere({ handler }: Hub, application: string, name: string): boolean {
  const parts = name.split("/").slice(0, -1);
  return parts.some((_part, index) =>
    handler.hasApplication(`${application}/${parts.slice(0, index + 1).join("/")}`)
  );
}
