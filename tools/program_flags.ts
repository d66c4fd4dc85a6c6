import project from "../deno.json" with { type: "json" };

/** A set of permissions of deno.json, and its unstable features, as flags of `deno run`. */
export function programFlags(set: keyof typeof project.permissions = "default"): string[] {
  const permissions: Record<string, boolean | string[]> = project.permissions[set];
  const allowed = Object.entries(permissions).filter(([, value]) => value !== false).map(
    ([name, value]) => `--allow-${name}${Array.isArray(value) ? `=${value.join(",")}` : ""}`,
  );
  return [...allowed, ...project.unstable.map((name) => `--unstable-${name}`)];
}

/** The version in deno.json. */
export const version = project.version;
