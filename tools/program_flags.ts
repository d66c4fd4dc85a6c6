import project from "../deno.json" with { type: "json" };

/**
 * Settings of V8; the tasks of deno.json have them too. New objects get 4 MB before the first of
 * them are collected, and not up to 16: a start takes 7 MB less. With 2 MB it takes 3 MB less again,
 * but a stream to 200 players costs 3 % more. What a start leaves behind is collected when nothing
 * happens for 8 s after the first one, and not after 30: 9 MB.
 */
export const V8_FLAGS =
  "--v8-flags=--max-semi-space-size=4,--gc-memory-reducer-start-delay-ms=1000";

/** What the program is started with: permissions of deno.json, unstable features, V8's settings. */
export function programFlags(set: keyof typeof project.permissions = "default"): string[] {
  const permissions: Record<string, boolean | string[]> = project.permissions[set];
  const allowed = Object.entries(permissions).filter(([, value]) => value !== false).map(
    ([name, value]) => `--allow-${name}${Array.isArray(value) ? `=${value.join(",")}` : ""}`,
  );
  return [V8_FLAGS, ...allowed, ...project.unstable.map((name) => `--unstable-${name}`)];
}

/** The module that the thread of key agreements begins with: nothing imports it. */
export const POWER_THREAD = "src/crypto/power_thread.ts";

/** The version in deno.json. */
export const version = project.version;
