import { type Clock, errorText, TokenBucket } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { HttpError, type HttpRequest } from "../../protocols/http/mod.ts";
import type { Events } from "../events/events.ts";
import { BASE, openApi } from "./openapi.ts";
import { type Given, matchPath, type Respond, type Route } from "./route.ts";

/** The routes, and where acts are told. */
export interface ControlOptions {
  readonly routes: readonly Route[];
  readonly version: string;
  readonly clock: Clock;
  /** One line for each act, whatever the level of the log. */
  readonly audit: Log;
  readonly events: Events;
}

/** Acts in a second, and at once: each is a line that the log must not leave out. */
const ACT_RATE = 20;
const ACT_BURST = 100;

/** Characters that an act's line has of what it brought. */
const LONGEST_TOLD = 2_000;

/** What a body holds at most, in bytes. */
export const MAX_BODY = 65_536;

/** The control interface: finds what a request asks for, and does it. */
export class Control {
  readonly #options: ControlOptions;
  readonly #document: unknown;
  readonly #acts: TokenBucket;

  constructor(options: ControlOptions) {
    this.#options = options;
    this.#document = openApi(options.routes, options.version);
    this.#acts = new TokenBucket(ACT_RATE, options.clock.now(), ACT_BURST);
  }

  /** Whether a path is below the interface. */
  wants(path: string): boolean {
    return path === "/api" || path.startsWith("/api/");
  }

  /**
   * The answer to an authorized request: a value of JSON, or a stream of events.
   * @param body that came, empty for none
   * @throws HttpError, or rejects with it
   */
  respond(request: HttpRequest, body: Uint8Array): unknown {
    const { method, head, connection: { remote } } = request;
    const [path = "", query = ""] = head.target.split(/\?(.*)/s, 2);
    if (path === `${BASE}/openapi.json`) return this.#document;
    const { route, names } = this.#find(method, path);
    const isAct = route.method !== "GET";
    const fields: Given["fields"] = isAct
      ? actFields(request, route, body)
      : new URLSearchParams(query);
    const lastEvent = request.fields.get("last-event-id");
    const given: Given = { path: names, fields, caller: { address: remote, lastEvent } };
    const { run, told } = route.respond(given);
    if (!isAct) return run();
    if (!this.#acts.take(this.#options.clock.now())) {
      throw new HttpError(429, `more than ${ACT_RATE} acts a second`, [["retry-after", "1"]]);
    }
    return this.#audited(`${method} ${decoded(path)} ${told}`.trim(), remote, run);
  }

  /** @throws HttpError 404, 405 */
  #find(method: string, path: string): { route: Route; names: ReadonlyMap<string, string> } {
    const below = path.startsWith(`${BASE}/`) ? path.slice(BASE.length) : "";
    const allowed: string[] = [];
    for (const route of this.#options.routes) {
      const names = matchPath(route.path, below);
      if (names === undefined) continue;
      if (route.method === method || (route.method === "GET" && method === "HEAD")) {
        return { route, names };
      }
      allowed.push(route.method);
    }
    if (allowed.length === 0) throw new HttpError(404, `There is no ${path}`);
    const allow = allowed.join(", ");
    throw new HttpError(405, `${method} is not understood here, but ${allow}`, [["allow", allow]]);
  }

  /** Does something, and writes who did it and what became of it. */
  #audited(what: string, by: string, run: Respond["run"]): unknown {
    const tell = (result: string) => {
      const short = what.length > LONGEST_TOLD ? `${what.slice(0, LONGEST_TOLD)}…` : what;
      this.#options.audit.note(`${by}: ${short}: ${result}`);
      this.#options.events.add("act", { by, what: short, result });
    };
    const fail = (error: unknown): never => {
      tell(errorText(error));
      throw error;
    };
    let answer: unknown;
    try {
      answer = run();
    } catch (error) {
      return fail(error);
    }
    if (!(answer instanceof Promise)) {
      tell("done");
      return answer;
    }
    return answer.then((value) => {
      tell("done");
      return value;
    }, fail);
  }
}

/** The members of an act's body. @throws HttpError 415, 400 */
function actFields(
  { fields }: HttpRequest,
  route: Route,
  body: Uint8Array,
): [string, unknown][] {
  const [type = ""] = (fields.get("content-type") ?? "").split(";");
  // A form of another page cannot send this type without asking first.
  if (type.trim().toLowerCase() !== "application/json") {
    throw new HttpError(415, "acts need the content type application/json");
  }
  if ((fields.get("content-encoding") ?? "identity") !== "identity") {
    throw new HttpError(415, "the body must have no content coding");
  }
  if (body.length === 0 && (route.method === "DELETE" || Object.keys(route.fields).length === 0)) {
    return [];
  }
  const value = parse(body);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "the body is no object of JSON");
  }
  return Object.entries(value);
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new HttpError(400, `the body is no JSON: ${errorText(error)}`);
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
