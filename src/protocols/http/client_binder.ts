import { andThen, type Later, orElse } from "../../base/mod.ts";
import { Client, Refusal } from "../../hub/mod.ts";
import { CONTAINERS } from "../../media/mod.ts";
import type { HeldInput } from "../../net/mod.ts";
import { ClientBinding, type HttpClientInfo, type Overrides } from "./client_binding.ts";
import type { HttpContext } from "./context.ts";
import { wantsSocket } from "./handshake.ts";
import { HttpProperties } from "./properties.ts";
import type { HttpRequest } from "./request.ts";
import { FILM_EXTENSIONS } from "./params.ts";
import { extensionOf, parseTarget, type Target } from "./target.ts";
import { HttpError } from "./wire/error.ts";

/** Finds the applications that the requests of one connection are for, and is their client there. */
export class ClientBinder {
  readonly #context: HttpContext;
  readonly #requests: HeldInput;
  readonly #onClose: () => void;
  #binding: ClientBinding | undefined;
  /** Resolves when the application has decided about it. */
  #bound: Promise<ClientBinding> | undefined;
  /** A client beside it: of a preflight, or of the socket that the connection becomes. */
  #other: Client | undefined;
  /** The target that {@link parse} took apart last. */
  #text = "";
  #parsed: Target | undefined;

  /**
   * @param requests where those of the connection wait
   * @param onClose told when a script closes its client
   */
  constructor(
    context: HttpContext,
    requests: HeldInput,
    onClose: () => void,
  ) {
    this.#context = context;
    this.#requests = requests;
    this.#onClose = onClose;
  }

  /** What `onConnection` said of the connection's client. */
  get overrides(): Overrides | undefined {
    return this.#binding?.overrides;
  }

  /** The parts of a request's target, which are asked for more than once. @throws HttpError 400 */
  parse(target: string): Target {
    if (this.#parsed === undefined || this.#text !== target) {
      this.#parsed = parseTarget(target);
      this.#text = target;
    }
    return this.#parsed;
  }

  /** The application that a request is for, and what it wants there. @throws HttpError 400 */
  resolve({ head, url }: HttpRequest): Target {
    const extension = extensionOf(url.name);
    if (CONTAINERS.has(extension)) return this.resolveStream(url);
    if (FILM_EXTENSIONS.has(extension)) return this.#resolveFilm(url);
    const isName = extension !== "" || url.name === "";
    if (isName || (head.method !== "POST" && !wantsSocket(head))) return url;
    // A path whose last component is an application leads to it, slash or not.
    const below = `${url.application}/${url.name}`;
    return this.#hasApplication(below) ? { ...url, application: below, name: "" } : url;
  }

  /** A stream whose name goes on where the path of an application ends: `/app/dir/name.flv`. */
  resolveStream(url: Target): Target {
    let { application, name } = url;
    while (application !== "" && !this.#hasApplication(application)) {
      const slash = application.lastIndexOf("/");
      name = `${application.slice(slash + 1)}/${name}`;
      application = application.slice(0, slash);
    }
    // Below the root every wrong path would be a name: it stays an application that is missing.
    return application === "" ? url : { ...url, application, name };
  }

  /** A recording, whose folders are those of its name; the root application has such, too. */
  #resolveFilm(url: Target): Target {
    const found = this.resolveStream(url);
    if (this.#hasApplication(found.application) || !this.#hasApplication("")) return found;
    return { ...found, application: "", name: `${found.application.slice(1)}/${found.name}` };
  }

  /**
   * The client of a request: the connection's, or a new one for another application or query.
   * @throws (or rejects with) Refusal, HttpError 404 for no application
   */
  bind(request: HttpRequest): Later<ClientBinding> {
    const { head } = request;
    if (this.#binding !== undefined && this.#isBoundTo(request)) {
      this.#binding.refresh(head.fields, fileOf(request));
      return this.#bound ?? this.#binding;
    }
    this.#leave();
    const binding = this.#binding = this.#newBinding(request);
    const connected = orElse(() => binding.connect(), (error) => {
      if (this.#binding === binding) this.#leave();
      throw error;
    });
    if (!(connected instanceof Promise)) return binding;
    return this.#bound = connected.then(() => {
      if (this.#binding === binding) this.#bound = undefined;
      return binding;
    });
  }

  /**
   * What the application of a request says of other origins. Unless the connection has its client,
   * one is connected for the question alone: a preflight's headers must not stand for those of the
   * request that follows it.
   */
  originsFor(request: HttpRequest): Later<string | undefined> {
    if (this.#context.hub === undefined) return undefined;
    if (this.#isBoundTo(request)) return this.#binding?.overrides.origins;
    return orElse<string | undefined>(() => {
      const binding = this.#newBinding(request);
      this.#other = binding.client;
      return andThen(binding.connect(), () => {
        binding.leave();
        return binding.overrides.origins;
      });
    }, (error) => {
      if (error instanceof Refusal || error instanceof HttpError) return undefined;
      throw error;
    });
  }

  /** The client of a socket that the connection becomes. @throws HttpError 404 for no application */
  socketClient(request: HttpRequest): Client {
    return this.#other = new Client({
      ...this.clientInfo(request),
      protocol: "WebSocket",
      transport: request.connection.isSecure ? "WSS" : "WebSocket",
    });
  }

  /** What a request tells of its client. @throws HttpError 404 for no application */
  clientInfo(request: HttpRequest): HttpClientInfo {
    const { head: { fields }, target, connection } = request;
    const { application, query } = target;
    if (!this.#hasApplication(application)) {
      throw new HttpError(404, `Application ${application} doesn't exist`);
    }
    return {
      protocol: "HTTP",
      transport: connection.isSecure ? "HTTPS" : "HTTP",
      address: connection.remote,
      serverAddress: connection.local,
      path: application,
      query,
      requestedFile: fileOf(request),
      properties: new HttpProperties(fields, query),
      pageUrl: fields.get("referer") ?? "",
    };
  }

  /** The connection is over. */
  close(): void {
    this.#leave();
    if (this.#other !== undefined) this.#context.hub?.disconnect(this.#other);
  }

  #leave(): void {
    this.#binding?.leave();
    this.#binding = this.#bound = undefined;
  }

  #hasApplication(path: string): boolean {
    return this.#context.hub?.handler.hasApplication(path) === true;
  }

  /** Requests of several clients come by one connection of a proxy. */
  #isBoundTo({ target: { application, query }, connection }: HttpRequest): boolean {
    const client = this.#binding?.client;
    return client?.path === application && client.query === query &&
      client.address === connection.remote;
  }

  #newBinding(request: HttpRequest): ClientBinding {
    const { clock, hub } = this.#context;
    if (hub === undefined) throw new HttpError(404, "No applications are served here");
    const [requests, onClose] = [this.#requests, this.#onClose];
    return new ClientBinding(this.clientInfo(request), { hub, clock, requests, onClose });
  }
}

/** What a request names; a POST may call anything, whatever it names. */
function fileOf({ method, target: { name } }: HttpRequest): string {
  return method === "POST" ? "" : name;
}
