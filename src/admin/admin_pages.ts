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
import { expositionFor, writeMetrics } from "./exposition.ts";
import type { Health } from "./health.ts";
import type { MetricSource } from "./metric.ts";

/** Who may ask, and what there is to tell. */
export interface AdminPagesOptions {
  readonly access: Access;
  readonly health: Health;
  /** In the order in which their metrics are shown. */
  readonly metrics: readonly MetricSource[];
}

/** Answers may be old a moment later, and are nothing that a browser should guess the type of. */
const COMMON: HeaderList = [["cache-control", "no-store"], ["x-content-type-options", "nosniff"]];

/**
 * All that the admin port answers: `/health/live` and `/health/ready` to everybody, `/metrics` to
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

  /** Nothing needs a body: it is passed over once the request itself is answered. */
  receive(request: HttpRequest): BodySink {
    const answer = this.respond(request);
    return { push() {}, end: () => answer, close() {} };
  }

  /** @throws HttpError */
  respond({ head, fields, method }: HttpRequest): HttpResponse | Promise<HttpResponse> {
    const { access, metrics } = this.#options;
    if (!access.isAddressed(fields.get("host"))) {
      throw new HttpError(403, "This server has another name: see [admin] bind");
    }
    const [path] = head.target.split("?", 1);
    const isHealth = path === "/health/live" || path === "/health/ready";
    if (!isHealth && !access.isGranted(fields.get("authorization"))) {
      throw new HttpError(401, "The token of [admin] is missing or wrong", [
        ["www-authenticate", 'Bearer realm="MonaServer"'],
      ]);
    }
    if (!isHealth && path !== "/metrics") throw new HttpError(404, `There is no ${path}`);
    if (method !== "GET" && method !== "HEAD") {
      throw new HttpError(405, `${method} is not understood here`, [["allow", "GET, HEAD"]]);
    }
    if (path === "/health/live") return json(200, { status: "live" });
    if (path === "/health/ready") return this.#ready();
    const exposition = expositionFor(fields.get("accept"));
    const text = writeMetrics(metrics.flatMap((source) => [...source()]), exposition);
    return answer(200, exposition.contentType, text, ["vary", "accept"]);
  }

  async #ready(): Promise<HttpResponse> {
    const { isReady, checks } = await this.#options.health.readiness();
    return json(isReady ? 200 : 503, { status: isReady ? "ready" : "not ready", checks });
  }
}

function json(status: number, value: unknown): HttpResponse {
  return answer(status, "application/json", `${JSON.stringify(value)}\n`);
}

function answer(status: number, type: string, text: string, ...more: HeaderList): HttpResponse {
  return { status, headers: [["content-type", type], ...COMMON, ...more], body: encodeText(text) };
}
