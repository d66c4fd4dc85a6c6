import { encodeText } from "../bytes/mod.ts";
import {
  type BodySink,
  type HeaderList,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  type Resource,
} from "../protocols/http/mod.ts";
import type { Access } from "./access.ts";
import { type Control, MAX_BODY } from "./control/control.ts";
import { Stream } from "./control/route.ts";
import { type Conceal, concealedJson } from "./events/event.ts";
import { expositionFor, writeMetrics } from "./exposition.ts";
import type { Health } from "./health.ts";
import type { MetricSource } from "../base/mod.ts";

/** The dashboard: one document, with all that it needs. */
export interface AdminPage {
  readonly html: Uint8Array;
  /** What it may run, show and reach: a Content-Security-Policy. */
  readonly policy: string;
}

/** Who may ask, and what there is to tell. */
export interface AdminPagesOptions {
  readonly access: Access;
  readonly health: Health;
  /** In the order in which their metrics are shown. */
  readonly metrics: readonly MetricSource[];
  /** Lists and acts; without it there are none. */
  readonly control?: Control;
  /** Takes known secrets out of what lists and acts answer. */
  readonly conceal?: Conceal;
  /** Gives what `/` shows; without it there is nothing. */
  readonly page?: () => Promise<AdminPage>;
}

/** What a document of ours may do that is no page: nothing. */
const NO_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Answers may be old a moment later, and are nothing that a browser should guess the type of. */
const COMMON: HeaderList = [
  ["cache-control", "no-store"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
  ["referrer-policy", "no-referrer"],
  ["cross-origin-resource-policy", "same-origin"],
  ["cross-origin-opener-policy", "same-origin"],
];

const CHALLENGE: HeaderList = [["www-authenticate", 'Bearer realm="MonaServer"']];

/** Headers of a request that only a browser sends, and what they are for a page of this origin. */
const SAME_SITE: ReadonlySet<string> = new Set(["same-origin", "none"]);

/**
 * All that the admin port answers: `/health/live` and `/health/ready` to all, the rest to
 * those with the token. Requests that name another host are refused before anything else.
 */
export class AdminPages implements Resource {
  readonly #options: AdminPagesOptions;

  constructor(options: AdminPagesOptions) {
    this.#options = options;
  }

  wants(): boolean {
    return true;
  }

  /** A body is kept for those alone that may send one; of others nothing is. */
  receive(request: HttpRequest): BodySink {
    const refusal = this.#refusal(request);
    const parts: Uint8Array[] = [];
    let size = 0;
    return {
      receivePart(bytes) {
        size += bytes.length;
        if (size > MAX_BODY) throw new HttpError(413, `A body has at most ${MAX_BODY} bytes here`);
        if (refusal === undefined) parts.push(bytes.slice());
      },
      end: () => refusal ?? this.respond(request, joined(parts, size)),
      close() {},
    };
  }

  respond(request: HttpRequest, body: Uint8Array): HttpResponse | Promise<HttpResponse> {
    const refusal = this.#refusal(request);
    if (refusal !== undefined) return refusal;
    try {
      const answer = this.#answer(request, body);
      return answer instanceof Promise ? answer.catch(failure) : answer;
    } catch (error) {
      return failure(error);
    }
  }

  /** Why a request is not answered, whatever it asks for; undefined when it is. */
  #refusal({ head, fields }: HttpRequest): HttpResponse | Promise<HttpResponse> | undefined {
    const { access, page } = this.#options;
    const host = fields.get("host");
    if (!access.isAddressed(host)) {
      return error(403, "This server has another name: see [admin] bind");
    }
    const path = pathOf(head.target);
    if (!isHealth(path) && !access.isGranted(fields.get("authorization"))) {
      // A browser shows it, and it asks for the token.
      if (path === "/" && page !== undefined) return shownPage(401, page);
      return error(401, "The token of [admin] is missing or wrong", CHALLENGE);
    }
    const origin = fields.get("origin");
    const isForeign = !SAME_SITE.has(fields.get("sec-fetch-site") ?? "none") ||
      (origin !== undefined && !isOwn(origin, host));
    return isForeign ? error(403, "Pages of other origins may not ask here") : undefined;
  }

  /** @throws HttpError, or rejects with it */
  #answer(request: HttpRequest, body: Uint8Array): HttpResponse | Promise<HttpResponse> {
    const { metrics, control, page } = this.#options;
    const { head, fields, method } = request;
    const path = pathOf(head.target);
    if (control?.wants(path)) {
      const value = control.respond(request, body);
      const shown = (value: unknown) => this.#shown(value);
      return value instanceof Promise ? value.then(shown) : shown(value);
    }
    const isPage = path === "/" && page !== undefined;
    if (!isHealth(path) && path !== "/metrics" && !isPage) {
      throw new HttpError(404, `There is no ${path}`);
    }
    if (method !== "GET" && method !== "HEAD") {
      throw new HttpError(405, `${method} is not understood here`, [["allow", "GET, HEAD"]]);
    }
    if (isPage) return shownPage(200, page);
    if (path === "/health/live") return json(200, { status: "live" });
    if (path === "/health/ready") return this.#ready();
    const exposition = expositionFor(fields.get("accept"));
    const text = writeMetrics(metrics.flatMap((source) => [...source()]), exposition);
    return answer(200, exposition.contentType, text, ["vary", "accept"]);
  }

  #shown(value: unknown): HttpResponse {
    if (value instanceof Stream) return endless(value);
    const { conceal = (text) => text } = this.#options;
    return answer(200, "application/json", `${concealedJson(value, conceal)}\n`);
  }

  async #ready(): Promise<HttpResponse> {
    const { isReady, checks } = await this.#options.health.readiness();
    return json(isReady ? 200 : 503, { status: isReady ? "ready" : "not ready", checks });
  }
}

function pathOf(target: string): string {
  return target.split("?", 1)[0] ?? "";
}

function isHealth(path: string): boolean {
  return path === "/health/live" || path === "/health/ready";
}

/** Whether an Origin header names the host that the request names. */
function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && URL.canParse(origin) &&
    new URL(origin).host === host.toLowerCase();
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function endless({ type, body }: Stream): HttpResponse {
  const headers: HeaderList = [
    ["content-type", type],
    ["content-security-policy", NO_POLICY],
    ["x-accel-buffering", "no"],
    ...COMMON,
  ];
  return { status: 200, headers, body };
}

async function shownPage(status: number, page: () => Promise<AdminPage>): Promise<HttpResponse> {
  const { html, policy } = await page();
  const headers: HeaderList = [
    ["content-type", "text/html; charset=utf-8"],
    ["content-security-policy", policy],
    ...COMMON,
    ...status === 401 ? CHALLENGE : [],
  ];
  return { status, headers, body: html };
}

/** @throws what is no HttpError: a fault of ours, which the session answers and logs */
function failure(thrown: unknown): HttpResponse {
  if (!(thrown instanceof HttpError)) throw thrown;
  return error(thrown.status, thrown.message, [...thrown.headers]);
}

function error(status: number, message: string, more: HeaderList = []): HttpResponse {
  return answer(status, "application/json", `${JSON.stringify({ error: message })}\n`, ...more);
}

function json(status: number, value: unknown): HttpResponse {
  return answer(status, "application/json", `${JSON.stringify(value)}\n`);
}

function answer(status: number, type: string, text: string, ...more: HeaderList): HttpResponse {
  const headers: HeaderList = [
    ["content-type", type],
    ["content-security-policy", NO_POLICY],
    ...COMMON,
    ...more,
  ];
  return { status, headers, body: encodeText(text) };
}
