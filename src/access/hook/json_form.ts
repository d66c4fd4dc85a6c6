import { decodeText } from "../../bytes/mod.ts";
import type { WebAnswer } from "../../net/mod.ts";
import { MAX_LIFETIME, MAX_REASON } from "../params.ts";
import { type HookAnswer, type HookForm, noAnswer, refusedBy } from "./form.ts";
import type { Told } from "./told.ts";

/** This server's own form: JSON both ways. */
export const jsonForm: HookForm = { type: "application/json", body, answer };

function body(told: Told, server: string): string {
  const { isEvent, action, stream, file, user, password, token, tcUrl, ...rest } = told;
  const members = { stream, file, ...rest, tcUrl, user, password, token };
  const held = Object.entries(members).filter(([, value]) => !isEmpty(value));
  return JSON.stringify({
    ...(isEvent ? { event: action } : { action }),
    ...Object.fromEntries(held),
    server,
  });
}

function isEmpty(value: string | Told["headers"]): boolean {
  return typeof value === "string" ? value === "" : Object.keys(value).length === 0;
}

/** `{"allowed": …}`, or a bare status. */
function answer({ status, headers, body }: WebAnswer): HookAnswer {
  const refused = refusedBy(status);
  if (refused === undefined && (status < 200 || status > 299)) throw noAnswer(status);
  const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(headers.get("content-type") ?? "");
  const text = decodeText(body).trim();
  if (!isJson && !text.startsWith("{")) return refused ?? { allowed: true };
  if (text === "") return refused ?? { allowed: true };
  const said = parsed(text);
  const { allowed = refused === undefined, reason, name, lifetime, user } = said;
  if (typeof allowed !== "boolean") throw new Error('"allowed" in its answer is no boolean');
  if (lifetime !== undefined && !isLifetime(lifetime)) {
    throw new Error(`"lifetime" in its answer is no number of seconds from 1 to ${MAX_LIFETIME}`);
  }
  if (name !== undefined && (typeof name !== "string" || name === "")) {
    throw new Error('"name" in its answer is no text');
  }
  if (!allowed || refused !== undefined) {
    return {
      allowed: false,
      isUnknown: status === 401,
      ...(typeof reason === "string" ? { reason: shown(reason) } : {}),
    };
  }
  return {
    allowed,
    ...(name === undefined ? {} : { name }),
    ...(lifetime === undefined ? {} : { lifetime }),
    ...(typeof user === "string" ? { user } : {}),
  };
}

function parsed(text: string): Record<string, unknown> {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw new Error("its answer is no JSON");
  }
  if (typeof said !== "object" || said === null || Array.isArray(said)) {
    throw new Error("its answer is no JSON object");
  }
  // Null is what many libraries write for nothing.
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null));
}

function isLifetime(value: unknown): value is number {
  return typeof value === "number" && value >= 1 && value <= MAX_LIFETIME;
}

/** One line, and not a long one. */
function shown(reason: string): string {
  // deno-lint-ignore no-control-regex
  return reason.replace(/[\x00-\x1f\x7f]+/g, " ").slice(0, MAX_REASON);
}
