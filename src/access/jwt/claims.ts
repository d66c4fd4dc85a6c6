import { type Action, isMatch, patternOf } from "../action.ts";

/** What a token says. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * True when a claim named after the action has a pattern for the subject: `"play": "film"` or
 * `"play": ["cam/*", "film"]`.
 * @param holder the claim that holds those of the actions; empty when they stand beside the others
 */
export function allows(claims: Claims, holder: string, action: Action, subject: string): boolean {
  const patterns = own(holder === "" ? claims : own(claims, holder), action);
  return [patterns].flat().some((text) => {
    const pattern = typeof text === "string" ? patternOf(action, text) : undefined;
    return pattern !== undefined && isMatch(pattern, subject);
  });
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}
