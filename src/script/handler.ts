import { ProtocolError } from "../bytes/mod.ts";
import { type DataWriter, type Value, ValueWriter } from "../codecs/mod.ts";
import {
  type CallQuestion,
  type Client,
  type ConnectionQuestion,
  type Group,
  type Handler,
  type HandshakeQuestion,
  type Listener,
  type Publication,
  type PublishQuestion,
  type ReadDecision,
  type ReadQuestion,
  type Redirection,
  Refusal,
  type SharedObjectQuestion,
  type SubscribeQuestion,
  type WriteQuestion,
} from "../hub/mod.ts";
import type { DataFormat } from "../media/mod.ts";
import { ClientEvents, failureOf } from "./client_events.ts";
import type { Host } from "./host.ts";
import type { Answer } from "./lua/definition.ts";
import { LuaError } from "./lua/error.ts";
import { LuaReader } from "./lua/reader.ts";
import { Type } from "./lua/stack.ts";
import { ALL } from "./lua/vm.ts";
import { LuaWriter } from "./lua/writer.ts";
import { ClientContext, contextOf } from "./objects/client_context.ts";
import { mainWriterOf } from "./objects/flow_writer.ts";
import { forgetPublication } from "./objects/publication.ts";
import { decideRead, decideWrite } from "./file_decisions.ts";
import { askRedirection, pushProperties, pushProtocolFirst } from "./redirections.ts";

/** What takes a client's messages, named or not: Flash has no other way to send one. */
export const MESSAGE = "onMessage";

/**
 * The hub's events as scripts see them: globals of the client's application, or of its nearest
 * ancestor that defines them, and members of the objects concerned.
 */
export class ScriptHandler implements Handler {
  readonly #host: Host;
  readonly #events: ClientEvents;
  /** Events that no client may call as methods: it would fake what the server tells. */
  readonly #reserved: ReadonlySet<string>;

  constructor(host: Host, reserved: ReadonlySet<string>) {
    this.#host = host;
    this.#events = new ClientEvents(host);
    this.#reserved = reserved;
  }

  hasApplication(path: string): boolean {
    return this.#host.applications.find(path) !== undefined;
  }

  onConnection(question: ConnectionQuestion): Value {
    const { client } = question;
    const { applications } = this.#host;
    const application = applications.find(client.path);
    if (application === undefined) {
      throw new Refusal("Connect.InvalidApp", `Application ${client.path} doesn't exist`, {
        reason: "missing",
      });
    }
    if (application.fault !== undefined) {
      const text = application.fault || failureOf(application);
      throw new Refusal("Connect.Rejected", text, { reason: "failed" });
    }
    const context = new ClientContext(application, this.#host.shares.open(client));
    client.context = context;
    client.hooks = application.hooks;
    let added: Value;
    try {
      if (application.has("onConnection")) added = this.#connect(context, question);
    } catch (error) {
      this.#release(client);
      throw this.#events.refusal(application, error, "Connect.Rejected", "client rejected");
    }
    application.clients.add(client);
    return added;
  }

  /** The table that the script returns, if any. */
  #connect(context: ClientContext, { client, args }: ConnectionQuestion): Value {
    const { vm, objects, applications } = this.#host;
    const { application } = context;
    const { top } = vm;
    const previous = applications.enter(application, context.account);
    try {
      if (!applications.begin(application, "onConnection")) return undefined;
      objects.pushObject(client);
      const writer = new LuaWriter(vm, objects.typed, args.isTree);
      args.read(writer);
      applications.finish(1 + writer.finish(), 1);
      if (vm.type(-1) !== Type.table) return undefined;
      const added = new ValueWriter();
      new LuaReader(vm, vm.top, vm.top, objects.typed).read(added);
      return added.values[0];
    } finally {
      applications.leave(previous);
      vm.top = top;
    }
  }

  onDisconnection(client: Client): void {
    const application = contextOf(client)?.application;
    if (application === undefined) return;
    application.clients.delete(client);
    this.#events.notify(client, "onDisconnection", []);
    this.#release(client);
  }

  onFailed(client: Client, error: string): void {
    this.#events.notify(client, "onFailed", [error]);
  }

  onAddressChanged(client: Client, oldAddress: string): void {
    this.#events.notify(client, "onAddressChanged", [oldAddress]);
  }

  onCall(question: CallQuestion): void {
    const { client, name, args } = question;
    const { vm, objects, applications } = this.#host;
    const context = contextOf(client);
    if (context === undefined) return;
    const { application } = context;
    const { top } = vm;
    const previous = applications.enter(application, context.account);
    try {
      if (!this.#beginMethod(client, name || MESSAGE)) {
        throw new Refusal(
          "Call.Failed",
          `Method client '${name || MESSAGE}' not found in application ${application.title}`,
          { reason: "missing" },
        );
      }
      const writer = new LuaWriter(vm, objects.typed, args.isTree);
      args.read(writer);
      applications.run(application, 1 + writer.finish(), ALL);
      if (vm.top > top) {
        this.#reply(new LuaReader(vm, top + 1, vm.top, objects.typed), question.reply());
      }
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      applications.report(error);
      const text = error.spoken ||
        `Method client '${name || MESSAGE}' failed in application ${application.title}`;
      throw new Refusal("Call.Failed", text, { reason: "failed" });
    } finally {
      applications.leave(previous);
      vm.top = top;
    }
  }

  /** @throws Refusal when the script returned what no format can carry: too deep or too much */
  #reply(results: LuaReader, reply: DataWriter): void {
    try {
      results.read(reply);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      const text = `the answer cannot be sent: ${error.message}`;
      this.#host.log.error(text);
      throw new Refusal("Call.Failed", text, { reason: "failed" });
    }
  }

  hasMethod(client: Client, name: string): boolean {
    const { vm } = this.#host;
    const { top } = vm;
    const has = contextOf(client) !== undefined && this.#beginMethod(client, name);
    vm.top = top;
    return has;
  }

  /**
   * Pushes a function that scripts put in a client, and the client: false, and the stack as it may
   * be, when there is none.
   */
  #beginMethod(client: Client, name: string): boolean {
    return !this.#reserved.has(name) && this.#host.objects.beginOwn(client, name);
  }

  onRead(question: ReadQuestion): ReadDecision {
    const { client, file } = question;
    const context = contextOf(client);
    if (context === undefined) return { kind: "file", file };
    try {
      return decideRead(this.#host, context, question);
    } catch (error) {
      const denied = `Not allowed to read ${file}`;
      throw this.#events.refusal(context.application, error, "Read.Failed", denied);
    }
  }

  onWrite(question: WriteQuestion): boolean {
    const { client, file } = question;
    const context = contextOf(client);
    if (context === undefined) return false;
    try {
      return decideWrite(this.#host, context, question);
    } catch (error) {
      const denied = `Not allowed to write ${file}`;
      throw this.#events.refusal(context.application, error, "Write.Failed", denied);
    }
  }

  onPublish({ client, publication }: PublishQuestion): void {
    const denied = `Not allowed to publish ${publication.name}`;
    try {
      this.#events.ask(client, "onPublish", publication, "Publish.Failed", denied);
      if (publication.refusal !== undefined) throw publication.refusal;
    } catch (error) {
      forgetPublication(this.#host, publication);
      throw error;
    }
  }

  onUnpublish(client: Client, publication: Publication): void {
    this.#events.notify(client, "onUnpublish", [publication]);
    forgetPublication(this.#host, publication);
  }

  onSubscribe({ client, listener }: SubscribeQuestion): void {
    listener.context = contextOf(client);
    const denied = `Not authorized to play ${listener.publication.name}`;
    try {
      this.#events.ask(client, "onSubscribe", listener, "Play.Failed", denied);
    } catch (error) {
      this.#forgetListener(listener);
      throw error;
    }
  }

  onUnsubscribe(client: Client, listener: Listener): void {
    this.#events.notify(client, "onUnsubscribe", [listener]);
    this.#forgetListener(listener);
  }

  #forgetListener(listener: Listener): void {
    listener.context = undefined;
    this.#host.objects.release(listener);
    // A publication that was waited for, but never published, is released with its listener.
    if (!listener.publication.running) this.#host.objects.release(listener.publication);
  }

  onSharedObject({ client, name }: SharedObjectQuestion): void {
    const denied = `Not allowed to use the shared object ${name}`;
    this.#events.ask(client, "onSharedObject", name, "SharedObject.NoReadAccess", denied);
  }

  onAudio(publication: Publication, time: number, payload: Uint8Array): void {
    const publisher = publication.publisher;
    if (publisher?.hooks.audio) {
      this.#events.packet(publisher, "onAudioPacket", publication, time, payload);
    }
    if (publication.hooks.audio) this.#member(publication, "onAudio", time, payload);
  }

  onVideo(publication: Publication, time: number, payload: Uint8Array): void {
    const publisher = publication.publisher;
    if (publisher?.hooks.video) {
      this.#events.packet(publisher, "onVideoPacket", publication, time, payload);
    }
    if (publication.hooks.video) this.#member(publication, "onVideo", time, payload);
  }

  onData(publication: Publication, name: string, payload: Uint8Array, _format: DataFormat): void {
    const publisher = publication.publisher;
    if (publisher?.hooks.data) {
      this.#events.packet(publisher, "onDataPacket", publication, name, payload);
    }
    if (publication.hooks.data) this.#member(publication, "onData", name, payload);
  }

  #member(
    publication: Publication,
    event: string,
    key: number | string,
    payload: Uint8Array,
  ): void {
    this.#call(publication, event, [key, payload]);
  }

  onProperties(publication: Publication): void {
    this.#call(publication, "onProperties", []);
  }

  onFlush(publication: Publication): void {
    this.#call(publication, "onFlush", []);
  }

  /** An event of a publication is its publisher's. */
  #call(publication: Publication, event: string, args: readonly Answer[]): void {
    const { publisher } = publication;
    const context = publisher === undefined ? undefined : contextOf(publisher);
    const application = context?.application ?? this.#host.applications.root;
    this.#host.call(application, publication, event, args, context?.account);
  }

  onJoinGroup(client: Client, group: Group): void {
    this.#events.notify(client, "onJoinGroup", [group]);
  }

  onUnjoinGroup(client: Client, group: Group): void {
    this.#events.notify(client, "onUnjoinGroup", [group]);
    if (group.isEmpty) this.#host.objects.release(group);
  }

  onRendezVousUnknown(protocol: string, peerId: Uint8Array): Redirection | undefined {
    const { applications } = this.#host;
    const { root } = applications;
    if (!root.has("onRendezVousUnknown")) return undefined;
    return askRedirection(this.#host, root, "onRendezVousUnknown", protocol, undefined, (vm) => {
      const extra = pushProtocolFirst(this.#host, protocol, 1);
      vm.pushBytes(peerId);
      return extra + 1;
    });
  }

  onHandshake(question: HandshakeQuestion): Redirection | undefined {
    const { protocol, address, path, properties, attempts, portName = protocol } = question;
    const { applications } = this.#host;
    const application = applications.find(path);
    if (!application?.has("onHandshake")) return undefined;
    const payer = this.#host.shares.payerOf(address);
    return askRedirection(this.#host, application, "onHandshake", portName, payer, (vm) => {
      const extra = pushProtocolFirst(this.#host, protocol, 4);
      vm.pushText(address);
      vm.pushText(path);
      pushProperties(this.#host, properties);
      vm.pushNumber(attempts);
      return extra + 4;
    });
  }

  /** The client is gone: scripts may go on holding it and its writers, to no effect. */
  #release(client: Client): void {
    const { objects, managed } = this.#host;
    const context = contextOf(client);
    client.context = undefined;
    context?.account.close();
    managed.delete(client);
    for (const writer of context?.writers ?? []) {
      managed.delete(writer);
      objects.release(writer);
    }
    objects.release(mainWriterOf(client));
    objects.release(client);
  }
}
