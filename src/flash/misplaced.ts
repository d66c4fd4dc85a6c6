import type { Log } from "../logs/mod.ts";

/** How commands fail that need a stream and whose status is waited for. */
const FAILURES: Readonly<Record<string, string | undefined>> = {
  publish: "Publish.Failed",
  play: "Play.Failed",
  play2: "Play.Failed",
};

/** The connection whose messages are misplaced. */
export interface MisplacedHost {
  readonly log: Log;
  /** True for an encoder, or a player that lives in no page. */
  readonly isTool: boolean;
  readonly output: { end(): void };
  sendStatus(streamId: number, code: string, description: string): void;
}

/** Messages of streams that their client did not create. */
export class Misplaced {
  readonly #host: MisplacedHost;
  #isNoted = false;

  constructor(host: MisplacedHost) {
    this.#host = host;
  }

  /** Logs it once a connection: what comes on such a stream comes on and on. */
  note(streamId: number, what: string): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#host.log.warn(`left out ${what} on stream ${streamId}, which was not created`);
  }

  /** Refuses a command: clients that wait for its status get one. */
  refuse(streamId: number, name: string): void {
    const code = FAILURES[name];
    this.note(streamId, name);
    if (code === undefined) return;
    const text = `${name} needs a stream: stream ${streamId} was not created`;
    this.#host.sendStatus(streamId, `NetStream.${code}`, text);
    if (this.#host.isTool) this.#host.output.end();
  }
}
