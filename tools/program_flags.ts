import project from "../deno.json" with { type: "json" };

/** The permissions and unstable features of deno.json as flags of `deno run`. */
export function programFlags(): string[] {
  const permissions: Record<string, boolean | string[]> = project.permissions.default;
  const allowed = Object.entries(permissions).filter(([, value]) => value !== false).map(
    ([name, value]) => `--allow-${name}${Array.isArray(value) ? `=${value.join(",")}` : ""}`,
  );
  return [...allowed, ...project.unstable.map((name) => `--unstable-${name}`)];
}

/** The version in deno.json. */
export const version = project.version;
