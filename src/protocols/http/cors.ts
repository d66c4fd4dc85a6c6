import { andThen, type Later } from "../../base/mod.ts";
import type { Value } from "../../codecs/mod.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource } from "./resource.ts";
import type { Fields } from "./wire/fields.ts";
import type { HeaderList, HttpResponse } from "./wire/response.ts";

/** Methods that are understood, for the headers that list them. */
export const METHODS = "GET, HEAD, POST, PUT, OPTIONS";

/** How long a browser may remember what it was allowed, in seconds. */
const MAX_AGE = "86400";

const EVERYONE: HeaderList = [["access-control-allow-origin", "*"]];

/**
 * Origins that a script allows instead of the settings': a text as in the ini, an array of origins,
 * true for all or false for none; undefined when it says nothing.
 */
export function originsOf(answer: Value): string | undefined {
  if (typeof answer === "string") return answer;
  if (typeof answer === "boolean") return answer ? "*" : "";
  if (!Array.isArray(answer)) return undefined;
  return answer.filter((origin) => typeof origin === "string").join(" ");
}

/**
 * Headers by which pages of other origins may read answers.
 * @param allowed `*`, origins separated by spaces or commas, or "" for none
 */
export function corsHeaders(allowed: string, fields: Fields): HeaderList {
  if (allowed === "") return [];
  const origin = fields.get("origin");
  if (allowed === "*") return origin === undefined ? EVERYONE : toEveryone(origin, fields);
  const headers: HeaderList = [["vary", "origin"]];
  if (origin !== undefined && allowed.split(/[\s,]+/).includes(origin)) {
    headers.push(["access-control-allow-origin", origin]);
    headers.push(["access-control-allow-credentials", "true"]);
  }
  return headers;
}

/**
 * A page that asks with credentials is not content with `*`. Where the browser has none to send, the
 * answer is what all clients get: its own origin may read it. With cookies it must not, nor may it be
 * told before a request that some may be sent.
 */
function toEveryone(origin: string, fields: Fields): HeaderList {
  const isPublic = !fields.has("cookie") && !fields.has("authorization") &&
    !fields.has("access-control-request-method");
  if (!isPublic) return EVERYONE;
  return [
    ["vary", "origin"],
    ["access-control-allow-origin", origin],
    ["access-control-allow-credentials", "true"],
  ];
}

/** What a browser wants to ask for a page of another origin; undefined when it asks nothing so. */
function wantedMethod(fields: Fields): string | undefined {
  return fields.has("origin") ? fields.get("access-control-request-method") : undefined;
}

/**
 * OPTIONS: what may be asked, and what a page of another origin may ask. The settings answer, unless
 * a script has its own word on who may ask there.
 */
export class Preflight implements Resource {
  readonly #crossOrigin: string;

  /** @param crossOrigin as in {@link corsHeaders} */
  constructor(crossOrigin: string) {
    this.#crossOrigin = crossOrigin;
  }

  wants({ method }: HttpRequest): boolean {
    return method === "OPTIONS";
  }

  respond(request: HttpRequest): Later<HttpResponse> {
    const { fields, head: { target } } = request;
    const method = wantedMethod(fields);
    const isAsked = method !== undefined && target !== "*";
    const origins = isAsked ? request.originsFor(method) : this.#crossOrigin;
    return andThen(origins, (origins) => preflight(fields, corsHeaders(origins, fields)));
  }
}

function preflight(fields: Fields, common: HeaderList): HttpResponse {
  const headers: HeaderList = [...common, ["allow", METHODS]];
  if (common.some(([name]) => name === "access-control-allow-origin")) {
    headers.push(["access-control-allow-methods", METHODS]);
    headers.push(["access-control-max-age", MAX_AGE]);
    const wanted = fields.get("access-control-request-headers");
    if (wanted !== undefined) headers.push(["access-control-allow-headers", wanted]);
  }
  return { status: 204, headers };
}
