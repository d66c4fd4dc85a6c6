import { andThen, type Later, orElse } from "../../base/mod.ts";
import { type Client, Refusal } from "../../hub/mod.ts";
import { MAX_SLOT_NAME } from "./params.ts";
import { ChangeRefusal, type Receiver, type SharedObject } from "./shared_object.ts";
import type { SharedObjects } from "./shared_objects.ts";
import type { Author, Change, Notice, NoticeEncoder, ObjectHead, Update } from "./update.ts";
import { isNothing } from "./value.ts";

/** How a client is told of its objects. */
export interface ObjectsOutput {
  readonly encoder: NoticeEncoder;
  send(message: Uint8Array): void;
}

/** Whose objects these are, and where they are. */
export interface ClientObjectsOptions {
  readonly objects: SharedObjects;
  readonly client: Client;
  /** Path of the application and its instance: "" or "/a/b". */
  readonly scope: string;
  readonly output: ObjectsOutput;
}

/** The shared objects that one client uses, whatever its protocol. */
export class ClientObjects {
  readonly #options: ClientObjectsOptions;
  /** Made with the first one. */
  #uses: Map<string, Use> | undefined;
  readonly #author: Author & { spend(bytes: number): void; close(): void };
  #isClosed = false;

  constructor(options: ClientObjectsOptions) {
    this.#options = options;
    this.#author = options.objects.allowance(options.client);
  }

  /**
   * Uses an object, or is told all of it again.
   * @param seen version that the client knows, 0 for none
   */
  use(name: string, isPersistent: boolean, seen: number): Later<void> {
    this.#author.spend(0);
    const known = this.#uses?.get(name);
    if (known !== undefined && known.object.isPersistent === isPersistent) {
      known.object.flush();
      known.since = known.object.version;
      return this.#tellState(known.object, seen);
    }
    const head = { name, version: 0, isPersistent };
    return orElse(
      () => andThen(this.#admit(name, isPersistent), (object) => this.#begin(object, seen)),
      (error) => {
        if (!(error instanceof Refusal)) throw error;
        this.#refuse(head, error.code, error.message);
      },
    );
  }

  release(name: string): void {
    const use = this.#uses?.get(name);
    if (use === undefined) return;
    this.#uses?.delete(name);
    use.object.remove(use);
  }

  /**
   * Makes changes of one object, in order.
   * @param seen version of the object that the client knew
   */
  change(name: string, seen: number, changes: readonly Change[]): Later<void> {
    const use = this.#uses?.get(name);
    if (use === undefined) {
      const head = { name, version: 0, isPersistent: false };
      return this.#refuse(head, "SharedObject.NoObjectFound", `${name} is not used`);
    }
    const { object } = use;
    return andThen(object.whenUnlocked(), () => {
      if (!this.#isClosed) this.#change(use, seen, changes);
    });
  }

  /** The client is gone. */
  close(): void {
    this.#isClosed = true;
    for (const name of [...this.#uses?.keys() ?? []]) this.release(name);
    this.#author.close();
  }

  /** @throws Refusal, or rejects with it */
  #admit(name: string, isPersistent: boolean): Later<SharedObject> {
    const { objects, client, scope } = this.#options;
    if (this.#uses?.has(name)) return objects.open(scope, name, isPersistent);
    if (!objects.access(client).read.allows(name)) {
      throw new Refusal("SharedObject.NoReadAccess", `client.readAccess does not have ${name}`);
    }
    const { clientObjects } = objects.limits;
    if ((this.#uses?.size ?? 0) >= clientObjects) {
      const text = `more than ${clientObjects} objects, [sharedObjects] clientObjects`;
      throw new Refusal("SharedObject.ObjectCreationFailed", text);
    }
    const decision = objects.hub.questions.sharedObject({ client, name, isPersistent });
    return andThen(decision, () => objects.open(scope, name, isPersistent));
  }

  #begin(object: SharedObject, seen: number): Later<void> {
    object.hold();
    return andThen(object.whenReady(), () => {
      if (!this.#isClosed) {
        const use = new Use(object, this.#author, this.#options.output);
        (this.#uses ??= new Map()).set(object.name, use);
        object.add(use);
        use.since = object.version;
        this.#tellState(object, seen);
      }
      object.release();
    });
  }

  #tellState(object: SharedObject, seen: number): void {
    const { isWhole, events } = object.state(seen);
    const notices: Notice[] = [{ kind: "used" }];
    if (isWhole) notices.push({ kind: "clear" });
    let bytes = 0;
    for (const event of events) {
      if (event.kind === "remove") notices.push({ kind: "removed", name: event.name });
      else if (event.kind === "set") {
        notices.push({ kind: "changed", name: event.name, value: event.value });
        bytes += event.value.length;
      }
    }
    this.#author.spend(bytes);
    this.#tell(object, notices);
  }

  #change({ object, since }: Use, version: number, changes: readonly Change[]): void {
    const { objects, client } = this.#options;
    // A version from before it was told the state, or of another object of that name: none is known.
    const isOld = version !== 0 && (version < since || version > object.version);
    const seen = isOld ? UNKNOWN : version;
    const wrong: Notice[] = [];
    let reason: string | undefined;
    const mayWrite = objects.access(client).write.allows(object.name);
    for (const change of changes) {
      let size = 0;
      try {
        if (!mayWrite) {
          throw new ChangeRefusal(`client.writeAccess does not have ${object.name}`);
        }
        size = object.change(checked(change), this.#author, seen);
      } catch (error) {
        if (!(error instanceof ChangeRefusal)) throw error;
        reason ??= error.message;
        wrong.push(...object.rightOf(change));
      }
      this.#author.spend(size);
    }
    if (reason === undefined) return;
    // What the client has of it meanwhile is set right.
    this.#refuse(object, "SharedObject.NoWriteAccess", reason, wrong);
  }

  #refuse(
    head: ObjectHead,
    code: string,
    reason: string,
    more: readonly Notice[] = [],
  ): void {
    const { objects, client } = this.#options;
    objects.tellRefusal(client, head.name, reason);
    this.#tell(head, [{ kind: "status", code }, ...more]);
  }

  #tell({ name, version, isPersistent }: ObjectHead, notices: readonly Notice[]): void {
    if (this.#isClosed) return;
    const { encoder, send } = this.#options.output;
    const parts = notices.map((notice) => encoder.notice(notice));
    send(encoder.message({ name, version, isPersistent }, parts));
  }
}

/** Before all versions. */
const UNKNOWN = -1;

/** One object that a client uses. */
class Use implements Receiver {
  readonly object: SharedObject;
  readonly author: Author;
  /** Version of the state that the client was told last. */
  since = 0;
  readonly #output: ObjectsOutput;

  constructor(object: SharedObject, author: Author, output: ObjectsOutput) {
    this.object = object;
    this.author = author;
    this.#output = output;
  }

  receive(update: Update): void {
    const message = update.encode(this.#output.encoder, this.author);
    if (message.length > 0) this.#output.send(message);
  }
}

/** A slot that is set to null is removed. @throws ChangeRefusal */
function checked(change: Change): Change {
  if (change.kind === "clear") return change;
  const { name } = change;
  if (name === "" || name.length > MAX_SLOT_NAME) {
    throw new ChangeRefusal(
      `a name of ${name.length} characters, 1 to ${MAX_SLOT_NAME} are wanted`,
    );
  }
  return change.kind === "set" && isNothing(change.value) ? { kind: "remove", name } : change;
}
