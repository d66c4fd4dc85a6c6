import { andThen, type Later } from "../base/mod.ts";
import type { DataReader, Value } from "../codecs/mod.ts";
import {
  Client,
  type ClientInput,
  type ConnectionValues,
  type FlowWriter,
  type Hub,
  type Protocol,
  Refusal,
  type Transport,
} from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { Turns } from "../net/mod.ts";
import { hostOfUrl, isTool, portOfScheme, schemeOfUrl } from "./address.ts";
import { ConnectedApplication } from "./application.ts";
import type { FlashMessage } from "./command.ts";
import { canReconnect, type ConnectRequest, connectRequest, isPlain } from "./connect.ts";
import { successMessage, urlOf } from "./connection_messages.ts";
import type { FlashOutput } from "./output.ts";
import type { SharedObjects } from "./shared_objects/shared_objects.ts";

/** The protocol's side of a connection. */
export interface NetConnectionOptions {
  readonly hub: Hub;
  readonly output: FlashOutput;
  readonly log: Log;
  /** Without them there are none. */
  readonly objects?: SharedObjects | undefined;
  /** When requests that had to wait are worked off; without them at once. */
  readonly turns?: Turns | undefined;
  readonly protocol: Protocol;
  /** What carries it, once its handshake is over; by default the protocol alone. */
  readonly transport?: () => Transport;
  /** `host:port` of the peer. */
  readonly address: string;
  /** `host:port` of this side, when the client's URL does not tell. */
  readonly serverAddress?: string;
  /** 32 bytes, where the protocol has a peer id. */
  readonly rawId?: Uint8Array;
  /** Scheme of the URL that a redirected client gets; absent where redirection is no matter of connect. */
  readonly redirectScheme?: string;
  /** Scheme of the URL at which a client is asked to connect anew, where it is another one. */
  readonly moveScheme?: string;
  /** Protocol parameters that the answer of an application may override, such as `timeout`. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** What `setPeerInfo` told; absent where it has no use. */
  readonly onPeerInfo?: (addresses: readonly string[]) => void;
}

/** A connect command: what it says of its client, and how the client gets in. */
export class Connecting {
  readonly request: ConnectRequest;
  /** True for an encoder, or a player that lives in no page. */
  readonly isTool: boolean;
  readonly application: ConnectedApplication;
  readonly client: Client;
  readonly #hub: Hub;
  /** Scheme of the URL to redirect to; undefined where connect cannot redirect. */
  readonly #scheme: string | undefined;
  readonly #moveScheme: string | undefined;
  /** What the application added to the acceptance. */
  #added: ConnectionValues = new Map();

  constructor(
    options: NetConnectionOptions,
    object: Value,
    writer: FlowWriter,
    input: ClientInput,
  ) {
    const { hub } = options;
    const request = connectRequest(object);
    this.#hub = hub;
    this.request = request;
    this.isTool = isTool(request.flashVersion, request.pageUrl);
    this.application = new ConnectedApplication(
      request.app,
      request.tcUrl,
      { isTool: this.isTool, hasInstances: hub.hasInstances },
      (path) => hub.handler.hasApplication(path),
    );
    const { redirectScheme } = options;
    this.#moveScheme = options.moveScheme;
    this.#scheme = redirectScheme && (schemeOfUrl(request.tcUrl) ?? redirectScheme);
    this.client = newClient(options, request, this.application);
    this.client.writer = writer;
    this.client.input = input;
  }

  /**
   * Asks the application, once it is known that the client stays on this server.
   * @throws Refusal, or rejects with it
   */
  ask(args: DataReader): Later<void> {
    this.#redirect();
    return andThen(this.#hub.connect(this.client, args), (added) => {
      const { parameters } = this.client;
      this.#added = added;
      for (const [name, value] of this.#added) {
        if (parameters.has(name) && isPlain(value)) parameters.set(name, String(value));
      }
    });
  }

  /** The result of a connect for this application: the first one, or one that comes again. */
  success(transaction: number, request: ConnectRequest = this.request): FlashMessage {
    return successMessage(transaction, this.#added, request);
  }

  /**
   * Lets the server and scripts ask the client to connect anew.
   * @param move asks it to go to a server, by a URL for its connect; to where it is without
   */
  allowMove(move: (to?: { readonly tcUrl: string; readonly target: string }) => void): void {
    const scheme = this.#moveScheme ?? this.#scheme;
    if (scheme === undefined) return;
    const { asked, query, parameters } = this.application;
    this.client.move = {
      port: portOfScheme(scheme),
      // A movie cannot add to its connect command, but to its URL.
      isAnnounced: this.request.reconnects || canReconnect(parameters.get("capsEx")),
      ask: (target) =>
        target === undefined
          ? move()
          : move({ tcUrl: urlOf(scheme, target, asked, query), target }),
    };
  }

  /** @throws Refusal when the application sends the client to another server */
  #redirect(): void {
    const scheme = this.#scheme;
    if (scheme === undefined) return;
    const { protocol, address, path, query } = this.client;
    const { parameters: properties, asked } = this.application;
    const portName = portOfScheme(scheme);
    const peer = { protocol, address, path, properties, attempts: 1, portName };
    const [target] = this.#hub.handler.onHandshake(peer) ?? [];
    if (target === undefined || target === "again") return;
    const redirect = urlOf(scheme, target, asked, query);
    throw new Refusal("Connect.Rejected", `redirected to ${target}`, { redirect });
  }
}

function newClient(
  options: NetConnectionOptions,
  { tcUrl, plain, flashVersion, pageUrl, swfUrl }: ConnectRequest,
  { path, query, parameters, instance }: ConnectedApplication,
): Client {
  const { protocol, address, rawId } = options;
  const transport = options.transport?.() ?? protocol;
  const serverAddress = hostOfUrl(tcUrl) ?? options.serverAddress;
  const client = new Client({
    protocol,
    transport,
    address,
    path,
    query,
    properties: new Map([
      ...plain,
      ...(instance === "" ? [] : [["instance", instance] as const]),
      ...parameters,
    ]),
    flashVersion,
    pageUrl,
    swfUrl,
    ...(rawId === undefined ? {} : { rawId }),
    ...(serverAddress === undefined ? {} : { serverAddress }),
  });
  for (const [name, value] of options.parameters ?? []) client.parameters.set(name, value);
  return client;
}
