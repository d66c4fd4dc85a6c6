// Connects Flash movies under Ruffle with the server: calls in both directions and shared objects,
// over a WebSocket. A movie calls the functions of MonaServer by ExternalInterface, and is called by
// one callback that it has added: docs/flash.md. To be loaded before the movie, by a plain <script>.
{
  /** Elements that show a movie, by Ruffle or by Flash Player. */
  const PLAYERS = "ruffle-player, ruffle-embed, ruffle-object, embed, object";
  /** Milliseconds between two looks whether a movie is still in the page. */
  const LOOK = 5_000;
  /** Messages of docs/calls.md. */
  const [CALL, RESULT, ERROR, PING, PONG] = ["__call", "__result", "__error", "__ping", "__pong"];

  const loaded = import("./shared_objects.js");
  /** Connections by the name of their movie's callback. */
  const connections = new Map();

  const status = (code, description, level = "error") => ({ level, code, description });

  /** One movie's connection to an application. */
  class Connection {
    #callback;
    #player;
    #objects;
    #looking;
    /** Objects that the movie uses. */
    #used = new Map();
    /** The movie's ids of calls that wait for an answer, by those of the connection. */
    #waiting = new Map();
    #lastId = 0;
    /** Sends the calls that came before the connection was there. */
    #held = [];
    /** Why the server refuses the connection. */
    #refusal;
    #isAccepted = false;

    constructor(callback) {
      this.#callback = callback;
    }

    open(url, { SharedObjects }) {
      try {
        this.#objects = new SharedObjects(addressOf(url));
      } catch (error) {
        // No address, or one that the page may not use.
        this.#refusal = status("NetConnection.Connect.Failed", String(error));
        return this.#lost();
      }
      // A connection that the application refuses is opened too, and closed: only others answer.
      this.#objects.addEventListener("open", () => this.#objects.call(PING));
      this.#objects.addEventListener("message", ({ detail }) => this.#hear(detail));
      this.#objects.addEventListener("close", () => this.#lost());
      this.#looking = setInterval(() => this.#look(), LOOK);
    }

    /** @param id that the answer repeats, or null for none */
    call(id, name, ...args) {
      const own = ++this.#lastId;
      if (id !== null && id !== undefined) this.#waiting.set(own, id);
      const send = () => this.#send(own, name, args);
      if (this.#isAccepted) send();
      else this.#held.push(send);
    }

    #send(own, name, args) {
      try {
        this.#objects.call(CALL, own, name, ...args);
      } catch (error) {
        // A value that JSON does not have.
        this.#fail(own, String(error));
      }
    }

    use(name, persistent) {
      if (this.#used.has(name)) return;
      const object = this.#objects.get(name, persistent === true);
      this.#used.set(name, object);
      object.addEventListener("sync", ({ detail }) => {
        const changes = detail.map((change) => ({
          ...change,
          value: object.data[change.name] ?? null,
        }));
        this.#tell("sync", name, changes);
      });
      object.addEventListener("status", ({ detail }) => {
        this.#tell("objectStatus", name, status(detail, ""));
      });
      object.addEventListener("message", ({ detail: [handler, ...args] }) => {
        this.#tell("message", name, handler, args);
      });
    }

    /** Does something with an object that is used. */
    object(name, action, ...args) {
      this.#used.get(name)?.[action](...args);
    }

    release(name) {
      this.#used.get(name)?.close();
      this.#used.delete(name);
    }

    /** Ends it without a word to the movie. */
    close() {
      clearInterval(this.#looking);
      this.#isAccepted = false;
      if (connections.get(this.#callback) === this) connections.delete(this.#callback);
      this.#objects?.close();
    }

    #hear([kind, ...rest]) {
      const [id, ...values] = rest;
      if (kind === PONG) this.#accepted();
      else if (kind === RESULT) this.#answer("result", id, values[0] ?? null, values);
      else if (kind === ERROR) this.#answer("error", id, values[0]);
      else if (kind === CALL) this.#run(id, values);
      else if (kind === "onStatus") this.#status(rest[0]);
      else if (typeof kind === "string") this.#tell("call", kind, rest);
    }

    #accepted() {
      this.#isAccepted = true;
      const info = status("NetConnection.Connect.Success", "Connection succeeded", "status");
      this.#tell("status", info.code, info);
      for (const send of this.#held.splice(0)) send();
    }

    #answer(event, own, ...values) {
      const id = this.#waiting.get(own);
      if (this.#waiting.delete(own)) this.#tell(event, id, ...values);
    }

    #fail(own, description) {
      this.#answer("error", own, status("NetConnection.Call.Failed", description));
    }

    /** Calls the movie for the server, which waits for what it returns. */
    #run(id, [name, ...args]) {
      try {
        this.#objects.call(RESULT, id, this.#tell("call", name, args) ?? null);
      } catch (error) {
        this.#objects.call(ERROR, id, String(error));
      }
    }

    #status(info) {
      if (this.#isAccepted) this.#tell("status", info.code, info);
      else this.#refusal = info;
    }

    #lost() {
      if (connections.get(this.#callback) !== this) return;
      const code = this.#isAccepted ? "Closed" : "Failed";
      const info = this.#refusal ??
        status(`NetConnection.Connect.${code}`, "The connection is lost");
      this.close();
      for (const own of [...this.#waiting.keys()]) this.#fail(own, "the connection is lost");
      this.#tell("status", info.code, info);
    }

    /** Calls the movie; always with four values, which is what a function of ActionScript 3 needs. */
    #tell(event, subject, value = null, more = null) {
      this.#player ??= playerWith(this.#callback);
      if (this.#player?.isConnected === true) {
        return this.#player[this.#callback](event, subject, value, more);
      }
      if (this.#player === undefined) {
        console.warn(`no movie in this page has the callback ${this.#callback}`);
      }
      this.close();
    }

    #look() {
      if (this.#player?.isConnected === false) this.close();
    }
  }

  const playerWith = (callback) =>
    [...document.querySelectorAll(PLAYERS)].find((player) =>
      typeof player[callback] === "function"
    );

  /** The WebSocket of an address that is written in a movie, such as rtmp://host/app. */
  const addressOf = (url) => {
    for (const [pattern, replacement] of MonaServer.urlRewriteRules) {
      const isMatch = typeof pattern === "string"
        ? url.startsWith(pattern)
        : url.search(pattern) === 0;
      if (isMatch) return url.replace(pattern, replacement);
    }
    const { protocol, hostname, host, pathname, search } = new URL(url, location.href);
    const isFlash = protocol.startsWith("rtm");
    const isSecure = location.protocol === "https:" || /^(https|wss|rtmps|rtmpts):/.test(protocol);
    return `${isSecure ? "wss" : "ws"}://${isFlash ? hostname : host}${pathname}${search}`;
  };

  /** Runs in order, after the movie's call has returned. */
  const later = (run) => void loaded.then(run).catch((error) => console.error(error));
  const of = (run) => (callback, ...args) =>
    later(() => {
      const connection = connections.get(callback);
      if (connection !== undefined) run(connection, ...args);
    });

  globalThis.MonaServer = {
    /** Pairs of a RegExp, or the beginning of an address, and what it is replaced by. */
    urlRewriteRules: [],
    connect: (callback, url) =>
      later((module) => {
        connections.get(callback)?.close();
        const connection = new Connection(callback);
        connections.set(callback, connection);
        connection.open(String(url), module);
      }),
    close: of((connection) => connection.close()),
    call: of((connection, ...call) => connection.call(...call)),
    use: of((connection, ...object) => connection.use(...object)),
    set: of((connection, name, slots) => connection.object(name, "set", slots)),
    send: of((connection, name, ...message) => connection.object(name, "send", ...message)),
    clear: of((connection, name) => connection.object(name, "clear")),
    release: of((connection, name) => connection.release(name)),
  };
}
