import type { Clock } from "../base/mod.ts";
import type { Client, EndCause, HubObserver, Listener, Publication } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";

/** Logs clients that connect, publish, play and disconnect, by protocol and address. */
export class EventLog implements HubObserver {
  readonly #clock: Clock;
  readonly #logger: (name: string) => Log;
  readonly #since = new WeakMap<Client, number>();
  readonly #publishers = new WeakMap<Publication, Client>();

  /** @param logger the log of a protocol, by its name in lower case */
  constructor(clock: Clock, logger: (name: string) => Log) {
    this.#clock = clock;
    this.#logger = logger;
  }

  onOverRate(client: Client, text: string): void {
    this.#logOf(client).warn(text);
  }

  onOverInput(text: string, host?: string): void {
    const log = this.#logger("server");
    (host === undefined ? log : log.child(host)).warn(text);
  }

  onConnected(client: Client): void {
    this.#since.set(client, this.#clock.now());
    const program = client.flashVersion && ` with ${client.flashVersion}`;
    this.#tell(client, `connected to ${client.path || "/"}${program}`, isFleeting(client));
  }

  onDisconnected(client: Client): void {
    const since = this.#since.get(client) ?? this.#clock.now();
    const seconds = Math.round((this.#clock.now() - since) / 1000);
    const { cause, reason } = client.ending;
    const line = `disconnected after ${seconds} s${reason && `: ${reason}`}`;
    if (FAULTS.has(cause)) this.#logOf(client).warn(line);
    else this.#tell(client, line, isFleeting(client));
  }

  onPublished(publication: Publication): void {
    const { publisher, name } = publication;
    if (publisher === undefined) return;
    this.#publishers.set(publication, publisher);
    this.#tell(publisher, `publishes ${name}`);
  }

  onUnpublished(publication: Publication): void {
    const publisher = this.#publishers.get(publication);
    if (publisher === undefined) return;
    this.#publishers.delete(publication);
    this.#tell(publisher, `stopped publishing ${publication.name}`);
  }

  onFault({ publisher, name }: Publication, fault: string): void {
    const log = publisher === undefined ? this.#logger("live") : this.#logOf(publisher);
    log.warn(`${name}: ${fault}`);
  }

  onSubscribed({ client, publication }: Listener): void {
    this.#tell(client, `plays ${publication.name}`);
  }

  onUnsubscribed({ client, publication }: Listener): void {
    this.#tell(client, `stopped playing ${publication.name}`);
  }

  #tell(client: Client, message: string, isDetail = false): void {
    const log = this.#logOf(client);
    if (isDetail) log.debug(message);
    else log.info(message);
  }

  /** By what carries the client: RTMPS, HTTPS and tunnels have names of their own. */
  #logOf({ transport, address }: Client): Log {
    return this.#logger(transport.toLowerCase()).child(address);
  }
}

/** Causes of abnormal ends, which are logged as warnings. */
const FAULTS: ReadonlySet<EndCause> = new Set(["silent", "behind", "limits", "protocol"]);

/** A browser makes and drops connections for each page: too many for a log that people read. */
function isFleeting({ protocol }: Client): boolean {
  return protocol === "HTTP";
}
