import { andThen, type Later, orElse } from "../base/mod.ts";
import { type Value, ValueWriter } from "../codecs/mod.ts";
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
import { ClientCalls } from "./client_calls.ts";
import { ClientEvents, failureOf } from "./client_events.ts";
import type { Host } from "./host.ts";
import type { Answer } from "./lua/definition.ts";
import { LuaReader } from "./lua/reader.ts";
import { Type } from "./lua/stack.ts";
import { LuaWriter } from "./lua/writer.ts";
import { ClientContext, contextOf } from "./objects/client_context.ts";
import { mainWriterOf } from "./objects/flow_writer.ts";
import { forgetPublication } from "./objects/publication.ts";
import { decideRead, decideWrite } from "./file_decisions.ts";
import { askRedirection, pushProperties, pushProtocolFirst } from "./redirections.ts";

/**
 * The hub's events as scripts see them: globals of the client's application, or of its nearest
 * ancestor that defines them, and members of the objects concerned.
 */
export class ScriptHandler implements Handler {
  readonly #host: Host;
  readonly #events: ClientEvents;
  readonly #calls: ClientCalls;

  /** `reserved`: events that no client may call as methods: it would fake what the server tells. */
  constructor(host: Host, reserved: ReadonlySet<string>) {
    this.#host = host;
    this.#events = new ClientEvents(host);
    this.#calls = new ClientCalls(host, reserved);
  }

  hasApplication(path: string): boolean {
    return this.#host.applications.find(path) !== undefined;
  }

  onConnection(question: ConnectionQuestion): Later<Value> {
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
      throw new Refusal("Connect.Rejected", text, { reason: "failed", by: "script" });
    }
    const context = new ClientContext(application, this.#host.shares.open(client));
    client.context = context;
    client.hooks = application.hooks;
    const refuse = (error: unknown): never => {
      this.#release(client);
      throw this.#events.refusal(application, error, "Connect.Rejected", "client rejected");
    };
    try {
      const added = application.has("onConnection") ? this.#connect(context, question) : undefined;
      if (!(added instanceof Promise)) {
        application.clients.add(client);
        return added;
      }
      return added.then((value) => {
        application.clients.add(client);
        return value;
      }, refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  /** The table that the script returns, if any. */
  #connect(context: ClientContext, question: ConnectionQuestion): Later<Value> {
    const { client, args } = question;
    const { vm, objects, applications } = this.#host;
    const { application, account } = context;
    const { top } = vm;
    const previous = applications.enter(application, account);
    try {
      if (!applications.begin(application, "onConnection")) return undefined;
      objects.pushObject(client);
      const writer = new LuaWriter(vm, objects.typed, args.isTree);
      args.read(writer);
      const started = applications.startEvent(1 + writer.finish(), 1);
      if (started === undefined) return this.#added();
      const task = { application: started.application, payer: account };
      const code = "Connect.Rejected";
      return applications.tasks.answer(started.suspended, { ...task, question, code }, () => {
        vm.top = 1;
        return this.#added();
      });
    } finally {
      applications.leave(previous);
      vm.top = top;
    }
  }

  /** What a table on top of the stack adds to the acceptance. */
  #added(): Value {
    const { vm, objects } = this.#host;
    if (vm.type(-1) !== Type.table) return undefined;
    const added = new ValueWriter();
    new LuaReader(vm, vm.top, vm.top, objects.typed).read(added);
    return added.values[0];
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

  onCall(question: CallQuestion): Later<void> {
    return this.#calls.call(question);
  }

  hasMethod(client: Client, name: string): boolean {
    return this.#calls.has(client, name);
  }

  onRead(question: ReadQuestion): Later<ReadDecision> {
    const { client, file } = question;
    const context = contextOf(client);
    if (context === undefined) return { kind: "file", file };
    return orElse(() => decideRead(this.#host, context, question), (error) => {
      const denied = `Not allowed to read ${file}`;
      throw this.#events.refusal(context.application, error, "Read.Failed", denied);
    });
  }

  onWrite(question: WriteQuestion): Later<boolean> {
    const { client, file } = question;
    const context = contextOf(client);
    if (context === undefined) return false;
    return orElse(() => decideWrite(this.#host, context, question), (error) => {
      const denied = `Not allowed to write ${file}`;
      throw this.#events.refusal(context.application, error, "Write.Failed", denied);
    });
  }

  onPublish(question: PublishQuestion): Later<void> {
    const { publication } = question;
    const denied = `Not allowed to publish ${publication.name}`;
    return orElse(
      () =>
        andThen(
          this.#events.ask(question, "onPublish", publication, { code: "Publish.Failed", denied }),
          () => {
            if (publication.refusal !== undefined) throw publication.refusal;
          },
        ),
      (error) => {
        forgetPublication(this.#host, publication);
        throw error;
      },
    );
  }

  onUnpublish(client: Client, publication: Publication): void {
    this.#events.notify(client, "onUnpublish", [publication]);
    forgetPublication(this.#host, publication);
  }

  onSubscribe(question: SubscribeQuestion): Later<void> {
    const { client, listener } = question;
    listener.context = contextOf(client);
    const denied = `Not authorized to play ${listener.publication.name}`;
    try {
      const decision = this.#events.ask(question, "onSubscribe", listener, {
        code: "Play.Failed",
        denied,
      });
      return decision instanceof Promise ? this.#orForget(listener, decision) : decision;
    } catch (error) {
      this.#forgetListener(listener);
      throw error;
    }
  }

  #orForget(listener: Listener, decision: Promise<void>): Promise<void> {
    return decision.catch((error) => {
      this.#forgetListener(listener);
      throw error;
    });
  }

  onUnsubscribe(client: Client, listener: Listener): void {
    this.#events.notify(client, "onUnsubscribe", [listener]);
    this.#forgetListener(listener);
  }

  #forgetListener(listener: Listener): void {
    listener.context = undefined;
    this.#host.objects.release(listener);
    // A publication that was waited for, but never published, is released with its listener.
    if (!listener.publication.isTaken) this.#host.objects.release(listener.publication);
  }

  onSharedObject(question: SharedObjectQuestion): Later<void> {
    const { name } = question;
    const denied = `Not allowed to use the shared object ${name}`;
    return this.#events.ask(question, "onSharedObject", name, {
      code: "SharedObject.NoReadAccess",
      denied,
    });
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
    const event = "onRendezVousUnknown";
    return askRedirection(this.#host, { application: root, event, portName: protocol }, (vm) => {
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
    const asked = { application, event: "onHandshake", portName, payer } as const;
    return askRedirection(this.#host, asked, (vm) => {
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
