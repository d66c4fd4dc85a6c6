import type { DataReader, DataWriter } from "../codecs/mod.ts";
import {
  type Client,
  type DataFormat,
  type Group,
  type Handler,
  type Listener,
  type Publication,
  type ReadAnswer,
  type Redirection,
  Refusal,
} from "../hub/mod.ts";
import type { Application } from "./applications/application.ts";
import type { EventName } from "./events.ts";
import type { Host } from "./host.ts";
import { LuaError } from "./lua/error.ts";
import { LuaReader } from "./lua/reader.ts";
import type { Answer } from "./lua/definition.ts";
import { Type } from "./lua/stack.ts";
import { ALL } from "./lua/vm.ts";
import { LuaWriter } from "./lua/writer.ts";
import { ClientContext, contextOf } from "./objects/client_context.ts";
import { mainWriterOf } from "./objects/flow_writer.ts";
import { forgetPublication } from "./objects/publication.ts";
import { readAnswer, writeAnswer } from "./file_answers.ts";
import { pushProtocolFirst, redirections } from "./redirections.ts";

/**
 * The hub's events as scripts see them: globals of the client's application, or of its nearest
 * ancestor that defines them, and members of the objects concerned.
 */
export class ScriptHandler implements Handler {
  readonly #host: Host;
  /** References of events' names that no remote client may call as methods. */
  readonly #reserved: ReadonlySet<string>;

  constructor(host: Host, reserved: ReadonlySet<string>) {
    this.#host = host;
    this.#reserved = reserved;
  }

  hasApplication(path: string): boolean {
    return this.#host.applications.find(path) !== undefined;
  }

  onConnection(client: Client, args: DataReader, answer: DataWriter): void {
    const { applications } = this.#host;
    const application = applications.find(client.path);
    if (application === undefined) {
      throw new Refusal("Connect.InvalidApp", `Application ${client.path} doesn't exist`, {
        reason: "missing",
      });
    }
    if (application.fault !== undefined) {
      throw new Refusal("Connect.Rejected", application.fault, { reason: "failed" });
    }
    client.context = new ClientContext(application);
    client.hooks = application.hooks;
    try {
      if (application.has("onConnection")) this.#connect(application, client, args, answer);
    } catch (error) {
      this.#release(client);
      throw this.#refusal(error, "Connect.Rejected", "client rejected");
    }
    application.clients.add(client);
  }

  #connect(application: Application, client: Client, args: DataReader, answer: DataWriter): void {
    const { vm, objects, applications } = this.#host;
    const { top } = vm;
    const previous = applications.enter(application);
    try {
      if (!applications.begin(application, "onConnection")) return;
      objects.pushObject(client);
      const writer = new LuaWriter(vm, objects.typed);
      args.read(writer);
      applications.finish(1 + writer.finish(), 1);
      if (vm.type(-1) === Type.table) {
        new LuaReader(vm, vm.top, vm.top, objects.typed).read(answer);
      }
    } finally {
      applications.leave(previous);
      vm.top = top;
    }
  }

  onDisconnection(client: Client): void {
    const application = contextOf(client)?.application;
    if (application === undefined) return;
    application.clients.delete(client);
    this.#notify(client, "onDisconnection", []);
    this.#release(client);
  }

  onFailed(client: Client, error: string): void {
    this.#notify(client, "onFailed", [error]);
  }

  onAddressChanged(client: Client, oldAddress: string): void {
    this.#notify(client, "onAddressChanged", [oldAddress]);
  }

  onCall(client: Client, name: string, args: DataReader, reply: () => DataWriter): void {
    const { vm, objects, applications } = this.#host;
    const application = contextOf(client)?.application;
    if (application === undefined) return;
    const { top } = vm;
    const previous = applications.enter(application);
    try {
      if (!this.#pushMethod(client, name || "onMessage", name === "")) {
        throw new Refusal(
          "Call.Failed",
          `Method client '${name || "onMessage"}' not found in application ${application.title}`,
          { reason: "missing" },
        );
      }
      objects.pushObject(client);
      const writer = new LuaWriter(vm, objects.typed);
      args.read(writer);
      applications.run(application, 1 + writer.finish(), ALL);
      if (vm.top > top) new LuaReader(vm, top + 1, vm.top, objects.typed).read(reply());
    } catch (error) {
      if (!(error instanceof LuaError)) throw error;
      applications.report(error);
      throw new Refusal("Call.Failed", error.message, { reason: "failed" });
    } finally {
      applications.leave(previous);
      vm.top = top;
    }
  }

  hasMethod(client: Client, name: string): boolean {
    const { vm } = this.#host;
    const { top } = vm;
    const has = contextOf(client) !== undefined && this.#pushMethod(client, name, false);
    vm.top = top;
    return has;
  }

  /** Pushes a function that scripts put in a client; the server's own events are not callable. */
  #pushMethod(client: Client, name: string, isEvent: boolean): boolean {
    if (!isEvent && this.#reserved.has(name)) return false;
    return this.#host.objects.pushOwn(client, name) === Type.function;
  }

  onRead(client: Client, file: string, parameters: DataReader): ReadAnswer {
    const application = contextOf(client)?.application;
    if (application === undefined) return { kind: "file", file };
    try {
      return readAnswer(this.#host, application, client, file, parameters);
    } catch (error) {
      throw this.#refusal(error, "Read.Failed", `Not allowed to read ${file}`);
    }
  }

  onWrite(client: Client, file: string): boolean {
    const application = contextOf(client)?.application;
    if (application === undefined) return false;
    try {
      return writeAnswer(this.#host, application, client, file);
    } catch (error) {
      throw this.#refusal(error, "Write.Failed", `Not allowed to write ${file}`);
    }
  }

  onPublish(client: Client, publication: Publication): void {
    const denied = `Not allowed to publish ${publication.name}`;
    try {
      this.#ask(client, "onPublish", publication, "Publish.Failed", denied);
    } catch (error) {
      forgetPublication(this.#host, publication);
      throw error;
    }
  }

  onUnpublish(client: Client, publication: Publication): void {
    this.#notify(client, "onUnpublish", [publication]);
    forgetPublication(this.#host, publication);
  }

  onSubscribe(client: Client, listener: Listener): void {
    listener.context = contextOf(client);
    const denied = `Not authorized to play ${listener.publication.name}`;
    try {
      this.#ask(client, "onSubscribe", listener, "Play.Failed", denied);
    } catch (error) {
      this.#forgetListener(listener);
      throw error;
    }
  }

  onUnsubscribe(client: Client, listener: Listener): void {
    this.#notify(client, "onUnsubscribe", [listener]);
    this.#forgetListener(listener);
  }

  #forgetListener(listener: Listener): void {
    listener.context = undefined;
    this.#host.objects.release(listener);
    // One that was waited for, but never published, has nobody else to let go of it.
    if (!listener.publication.running) this.#host.objects.release(listener.publication);
  }

  onAudio(publication: Publication, time: number, payload: Uint8Array): void {
    const publisher = publication.publisher;
    if (publisher?.hooks.audio) {
      this.#packet(publisher, "onAudioPacket", publication, time, payload);
    }
    if (publication.hooks.audio) this.#member(publication, "onAudio", time, payload);
  }

  onVideo(publication: Publication, time: number, payload: Uint8Array): void {
    const publisher = publication.publisher;
    if (publisher?.hooks.video) {
      this.#packet(publisher, "onVideoPacket", publication, time, payload);
    }
    if (publication.hooks.video) this.#member(publication, "onVideo", time, payload);
  }

  onData(publication: Publication, name: string, payload: Uint8Array, _format: DataFormat): void {
    const publisher = publication.publisher;
    if (publisher?.hooks.data) this.#packet(publisher, "onDataPacket", publication, name, payload);
    if (publication.hooks.data) this.#member(publication, "onData", name, payload);
  }

  /** The packet events of applications: pushed one by one, since they come by the thousand. */
  #packet(
    client: Client,
    event: EventName,
    publication: Publication,
    key: number | string,
    payload: Uint8Array,
  ): void {
    const { vm, objects, applications } = this.#host;
    const application = contextOf(client)?.application;
    if (application === undefined || !applications.begin(application, event)) return;
    objects.pushObject(client);
    objects.pushObject(publication);
    if (typeof key === "number") vm.pushNumber(key);
    else vm.pushText(key);
    vm.pushBytes(payload);
    applications.attempt(4);
  }

  #member(
    publication: Publication,
    event: string,
    key: number | string,
    payload: Uint8Array,
  ): void {
    this.#host.call(this.#applicationOf(publication), publication, event, [key, payload]);
  }

  onProperties(publication: Publication): void {
    this.#host.call(this.#applicationOf(publication), publication, "onProperties", []);
  }

  onFlush(publication: Publication): void {
    this.#host.call(this.#applicationOf(publication), publication, "onFlush", []);
  }

  #applicationOf({ publisher }: Publication): Application {
    const context = publisher === undefined ? undefined : contextOf(publisher);
    return context?.application ?? this.#host.applications.root;
  }

  onJoinGroup(client: Client, group: Group): void {
    this.#notify(client, "onJoinGroup", [group]);
  }

  onUnjoinGroup(client: Client, group: Group): void {
    this.#notify(client, "onUnjoinGroup", [group]);
    if (group.isEmpty) this.#host.objects.release(group);
  }

  onRendezVousUnknown(protocol: string, peerId: Uint8Array): Redirection | undefined {
    const { vm, applications } = this.#host;
    const { root } = applications;
    if (!root.has("onRendezVousUnknown")) return undefined;
    return this.#redirect(root, "onRendezVousUnknown", protocol, () => {
      const extra = pushProtocolFirst(this.#host, protocol, 1);
      vm.pushBytes(peerId);
      return extra + 1;
    });
  }

  onHandshake(
    protocol: string,
    address: string,
    path: string,
    properties: ReadonlyMap<string, string>,
    attempts: number,
  ): Redirection | undefined {
    const { vm, applications } = this.#host;
    const application = applications.find(path);
    if (!application?.has("onHandshake")) return undefined;
    return this.#redirect(application, "onHandshake", protocol, () => {
      const extra = pushProtocolFirst(this.#host, protocol, 4);
      vm.pushText(address);
      vm.pushText(path);
      vm.pushTable(0, properties.size);
      for (const [name, value] of properties) {
        vm.pushText(name);
        // As in the references: `attempts > properties.acceptableAttempts`.
        if (String(Number(value)) === value) vm.pushNumber(Number(value));
        else vm.pushText(value);
        vm.rawSet(-3);
      }
      vm.pushNumber(attempts);
      return extra + 4;
    });
  }

  #redirect(
    application: Application,
    event: EventName,
    protocol: string,
    push: () => number,
  ): Redirection | undefined {
    const { vm, applications } = this.#host;
    const { top } = vm;
    try {
      if (!applications.begin(application, event)) return undefined;
      applications.finish(push(), ALL);
      return redirections(this.#host, protocol, top + 1, vm.top);
    } catch (error) {
      applications.report(error);
      return undefined;
    } finally {
      vm.top = top;
    }
  }

  /** Tells the application and the client's own member of an event. */
  #notify(client: Client, event: EventName, args: readonly Answer[]): void {
    const { vm, objects, applications } = this.#host;
    const application = contextOf(client)?.application;
    if (application === undefined) return;
    if (application.has(event) && applications.begin(application, event)) {
      objects.pushObject(client);
      for (const arg of args) objects.push(arg);
      applications.attempt(1 + args.length);
    }
    if (objects.mayHave(client, event)) {
      const { top } = vm;
      this.#host.call(application, client, event, args);
      vm.top = top;
    }
  }

  /** Asks the application, then the client's own member: an error or `false` refuses. */
  #ask(
    client: Client,
    event: "onPublish" | "onSubscribe",
    subject: Publication | Listener,
    code: string,
    denied: string,
  ): void {
    const { vm, objects, applications } = this.#host;
    const application = contextOf(client)?.application;
    if (application === undefined) return;
    const { top } = vm;
    const check = () => {
      const isDenied = vm.type(-1) === Type.boolean && !vm.toBoolean(-1);
      vm.top = top;
      if (isDenied) throw new Refusal(code, denied);
    };
    try {
      if (application.has(event) && applications.begin(application, event)) {
        objects.pushObject(client);
        objects.pushObject(subject);
        applications.finish(2, 1);
        check();
      }
      if (objects.event(client, event)) {
        objects.pushObject(subject);
        applications.run(application, 2, 1);
        check();
      }
    } catch (error) {
      vm.top = top;
      throw this.#refusal(error, code, denied);
    }
  }

  /** What a script's error means to a client: its own text, without file and line. */
  #refusal(error: unknown, code: string, otherwise: string): unknown {
    if (!(error instanceof LuaError)) return error;
    this.#host.log.warn(error.message);
    return new Refusal(code, error.reason || otherwise);
  }

  /** The client is gone: scripts may go on holding it and its writers, to no effect. */
  #release(client: Client): void {
    const { objects, managed } = this.#host;
    const context = contextOf(client);
    client.context = undefined;
    managed.delete(client);
    for (const writer of context?.writers ?? []) {
      managed.delete(writer);
      objects.release(writer);
    }
    objects.release(mainWriterOf(client));
    objects.release(client);
  }
}
