import { andThen, type Later } from "../../base/mod.ts";
import { NOTHING } from "../../bytes/mod.ts";
import type { Client, ClientInfo, InputCharge } from "../../hub/mod.ts";
import type { TcpConnection } from "../../net/mod.ts";
import type { ClientBinder } from "./client_binder.ts";
import type { ClientBinding } from "./client_binding.ts";
import { corsHeaders } from "./cors.ts";
import type { HttpSettings } from "./params.ts";
import { parseQuery } from "./properties.ts";
import type { Target } from "./target.ts";
import type { SentFields } from "./wire/fields.ts";
import type { RequestHead } from "./wire/request_reader.ts";
import type { HeaderList } from "./wire/response.ts";

/** Values that fill the placeholders of a file. */
export type TemplateValues = ReadonlyMap<string, Uint8Array>;

/** One request, and what is known of it until it is answered. */
export class HttpRequest {
  readonly head: RequestHead;
  readonly connection: TcpConnection;
  /** Where in the listener's order the first resource is that wants it; -1 until that is known. */
  resource = -1;
  /** Counts its body, when that is kept for a whole answer. */
  charge: InputCharge | undefined;
  readonly #binder: ClientBinder;
  readonly #settings: HttpSettings;
  #target: Target | undefined;
  #binding: ClientBinding | undefined;
  #file: string | undefined;
  #values: TemplateValues | undefined;
  #kept: Uint8Array | undefined;

  constructor(
    head: RequestHead,
    connection: TcpConnection,
    binder: ClientBinder,
    settings: HttpSettings,
  ) {
    this.head = head;
    this.connection = connection;
    this.#binder = binder;
    this.#settings = settings;
  }

  get method(): string {
    return this.head.method;
  }

  get fields(): SentFields {
    return this.head.fields;
  }

  /** Its path and query as the client sent them. @throws HttpError 400 */
  get url(): Target {
    return this.#binder.parse(this.head.target);
  }

  /** The application that it is for, and what it wants there. @throws HttpError 400 */
  get target(): Target {
    return this.#target ??= this.#binder.resolve(this);
  }

  /** Its name is a stream's, which may hold slashes. */
  targetStream(): void {
    this.#target = this.#binder.resolveStream(this.url);
  }

  /** Query parameters, for publications and subscriptions. */
  get parameters(): Map<string, string> {
    return parseQuery(this.target.query);
  }

  /** The file that is wanted: the target's name, unless {@link rewrite} named another one. */
  get file(): string {
    return this.#file ?? this.target.name;
  }

  /** What the file's placeholders are filled with. */
  get values(): TemplateValues | undefined {
    return this.#values;
  }

  /** Resources behind show that file in place of the target's. */
  rewrite(file: string, values: TemplateValues | undefined): void {
    this.#file = file;
    this.#values = values;
  }

  /** The client that asks, for resources that need one. */
  get binding(): ClientBinding {
    if (this.#binding === undefined) {
      throw new Error("a resource asks for a client it did not need");
    }
    return this.#binding;
  }

  /**
   * Connects the client of the application, unless the connection has it already.
   * @throws (or rejects with) Refusal, HttpError 404 for no application
   */
  bind(): Later<void> {
    if (this.#binding !== undefined) return;
    return andThen(this.#binder.bind(this), (binding) => {
      this.#binding = binding;
    });
  }

  /** What it tells of a client that outlives its connection. @throws HttpError 404 for no application */
  clientInfo(): ClientInfo {
    return this.#binder.clientInfo(this);
  }

  /** The client of the socket that it asks for. @throws HttpError 404 for no application */
  socketClient(): Client {
    return this.#binder.socketClient(this);
  }

  /** Keeps the body for what is decided later, and for the resources behind. */
  keep(body: Uint8Array): Uint8Array {
    return this.#kept ??= body.slice();
  }

  /** What {@link keep} was given; empty before. */
  get kept(): Uint8Array {
    return this.#kept ?? NOTHING;
  }

  /** Origins that a page may have to make this request by `method`: the application's, or the settings'. */
  originsFor(method: string): Later<string> {
    const head = { ...this.head, method };
    const request = new HttpRequest(head, this.connection, this.#binder, this.#settings);
    const { crossOrigin } = this.#settings;
    return andThen(this.#binder.originsFor(request), (own) => own ?? crossOrigin);
  }

  /** What a folder shows: "true", "false" or a file's name. */
  get index(): string {
    return this.#binding?.overrides.index ?? this.#settings.index;
  }

  /** Headers of every response, as the script wants them that accepted the client. */
  get commonHeaders(): HeaderList {
    const origins = this.#binder.overrides?.origins ?? this.#settings.crossOrigin;
    return corsHeaders(origins, this.head.fields);
  }

  /** Headers of its response, with the cookies that the script set. */
  headers(...more: HeaderList): HeaderList {
    const headers = [...this.commonHeaders];
    for (const cookie of this.#binding?.takeCookies() ?? []) headers.push(["set-cookie", cookie]);
    headers.push(...more);
    return headers;
  }
}
