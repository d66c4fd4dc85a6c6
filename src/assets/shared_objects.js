/**
 * Shared objects of MonaServer in a page, over one WebSocket:
 *
 *   import { SharedObjects } from "/shared_objects.js";
 *   const objects = new SharedObjects("wss://example.org/game");
 *   const board = objects.get("board");
 *   board.addEventListener("sync", ({ detail }) => show(board.data, detail));
 *   board.on("chat", (who, text) => say(who, text));
 *   board.set({ score: 5, old: null });
 *   board.send("chat", "Ann", "hello");
 *
 * The connection is made again when it is lost, and the objects with it.
 */
const MESSAGE = "__sharedObject";

/** Milliseconds before a lost connection is made again, at first and at most. */
const FIRST_RETRY = 500;
const LAST_RETRY = 10_000;

/** The objects of one application. Events: `open`, `close`, and `message` for all other messages. */
export class SharedObjects extends EventTarget {
  #url;
  #protocols;
  #socket;
  #objects = new Map();
  #retry = FIRST_RETRY;
  #timer;
  #isClosed = false;

  /** @param url of the application, such as wss://example.org/game */
  constructor(url, protocols = []) {
    super();
    this.#url = url;
    this.#protocols = protocols;
    this.#connect();
  }

  get connected() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** The object of that name; the same one until it is closed. */
  get(name, persistent = false) {
    const known = this.#objects.get(name);
    if (known) return known;
    const object = new SharedObject(name, persistent, (...parts) => this.#say(MESSAGE, ...parts));
    this.#objects.set(name, object);
    object.addEventListener("close", () => this.#objects.delete(name));
    if (this.connected) object.use();
    return object;
  }

  /** Calls a function of the client's application, as `["name", …]` does. */
  call(name, ...args) {
    this.#say(name, ...args);
  }

  close() {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #say(...message) {
    if (!this.connected) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #connect() {
    const socket = this.#socket = new WebSocket(this.#url, this.#protocols);
    socket.addEventListener("open", () => {
      this.#retry = FIRST_RETRY;
      for (const object of this.#objects.values()) object.use();
      this.dispatchEvent(new Event("open"));
    });
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.addEventListener("close", () => {
      if (this.#socket !== socket) return;
      this.dispatchEvent(new Event("close"));
      if (this.#isClosed) return;
      this.#timer = setTimeout(() => this.#connect(), this.#retry);
      this.#retry = Math.min(LAST_RETRY, this.#retry * 2);
    });
  }

  #hear(data) {
    let message;
    try {
      message = JSON.parse(data);
    } catch {
      return;
    }
    if (message[0] === MESSAGE) this.#objects.get(message[1])?.hear(...message.slice(2));
    else this.dispatchEvent(new CustomEvent("message", { detail: message }));
  }
}

/**
 * One object. Events: `sync` with a list of `{code, name}` (`change`, `success`, `delete`, `clear`),
 * `message` with `[handler, ...args]`, `status` with a code such as SharedObject.NoWriteAccess, `close`.
 */
export class SharedObject extends EventTarget {
  /** The slots by their names, as they are known here. */
  data = Object.create(null);
  /** Rises with each change. */
  version = 0;
  /** True once the server has told what is in it. */
  isSynchronized = false;
  #handlers = new Map();
  #say;
  /** What was set here and is not accepted yet: how often, and what came last. */
  #pending = new Map();

  constructor(name, persistent, say) {
    super();
    this.name = name;
    this.persistent = persistent;
    this.#say = say;
  }

  /** Sets slots; null removes one. */
  set(slots) {
    for (const [name, value] of Object.entries(slots)) {
      if (value === null || value === undefined) delete this.data[name];
      else this.data[name] = value;
      const count = this.#pending.get(name)?.count ?? 0;
      this.#pending.set(name, { count: count + 1, value: value ?? null });
    }
    if (this.isSynchronized) this.#say(this.name, "set", this.version, slots);
  }

  /** Sends a message to all who use the object, this page too; false without a connection. */
  send(handler, ...args) {
    return this.#say(this.name, "send", handler, ...args);
  }

  /** Removes all slots. */
  clear() {
    return this.#say(this.name, "clear");
  }

  /** Calls a function for each message of that name. */
  on(handler, run) {
    this.#handlers.set(handler, run);
  }

  close() {
    this.#say(this.name, "release");
    this.dispatchEvent(new Event("close"));
  }

  /** The connection is there, for the first time or again. */
  use() {
    this.isSynchronized = false;
    this.#say(this.name, "use", this.persistent, this.persistent ? this.version : 0);
  }

  /** Takes what the server tells. */
  hear(version, _persistent, ...notices) {
    const changes = [];
    let isUsed = false;
    for (const [kind, name, ...rest] of notices) {
      if (kind === "status") this.dispatchEvent(new CustomEvent("status", { detail: name }));
      else if (kind === "send") this.#message(name, rest);
      else if (kind === "used") isUsed = true;
      else changes.push(this.#change(kind, name, rest[0]));
    }
    if (notices.some(([kind]) => kind !== "status")) this.version = version;
    if (isUsed) this.#synchronized();
    if (isUsed || changes.length > 0) {
      this.dispatchEvent(new CustomEvent("sync", { detail: changes }));
    }
  }

  #message(handler, args) {
    this.#handlers.get(handler)?.(...args);
    this.dispatchEvent(new CustomEvent("message", { detail: [handler, ...args] }));
  }

  #change(kind, name, value) {
    if (kind === "clear") this.#clear();
    else if (kind === "changed") this.data[name] = value;
    else if (kind === "removed") delete this.data[name];
    if (kind === "accepted" || kind === "removed") this.#accepted(name);
    return { code: CODES[kind], name };
  }

  /** What is on its way to the server comes after the clear. */
  #clear() {
    this.data = Object.create(null);
    for (const [name, { value }] of this.#pending) if (value !== null) this.data[name] = value;
  }

  #accepted(name) {
    const pending = this.#pending.get(name);
    if (pending !== undefined && --pending.count <= 0) this.#pending.delete(name);
  }

  /** What is not accepted yet was set without a connection, or got lost with one. */
  #synchronized() {
    this.isSynchronized = true;
    const pending = [...this.#pending].map(([name, { value }]) => [name, value]);
    this.#pending.clear();
    if (pending.length > 0) this.set(Object.fromEntries(pending));
  }
}

const CODES = { clear: "clear", changed: "change", removed: "delete", accepted: "success" };
