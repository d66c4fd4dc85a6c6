import type { PowerJob, Powers, PowersOrFault } from "./power_thread.ts";

/** The thread's module: beside this one, and beside the bundled program. */
const THREAD = new URL(
  import.meta.url.endsWith(".ts") ? "./power_thread.ts" : "./power_thread.js",
  import.meta.url,
);

export type { PowerJob, Powers };

/** Computes powers elsewhere. */
export interface PowerThread extends Disposable {
  /** Why it computes nothing any more. */
  readonly fault: Error | undefined;
  /** Jobs that are not answered yet. */
  readonly pending: number;
  /** Rejects when it cannot compute them, or has ended. */
  powers(job: PowerJob): Promise<Powers>;
}

interface Waiting {
  readonly job: PowerJob;
  readonly resolve: (powers: Powers) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Computes powers in a thread of this process, in order. What comes while it works is sent to it together,
 * so that under load a message carries many.
 */
export class PowerWorker implements PowerThread {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #sent: Waiting[] = [];
  #fault: Error | undefined;

  /** @param isNative by OpenSSL, if that can be opened there */
  constructor(isNative: boolean) {
    const worker = new Worker(THREAD, { type: "module", name: "key agreements" });
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<PowersOrFault[]>) => this.#onPowers(data);
    worker.onmessageerror = () => this.#break("a message could not be read");
    worker.onerror = (event) => {
      event.preventDefault();
      this.#break(event.message);
    };
    worker.postMessage(isNative);
  }

  get fault(): Error | undefined {
    return this.#fault;
  }

  get pending(): number {
    return this.#waiting.length + this.#sent.length;
  }

  powers(job: PowerJob): Promise<Powers> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#send();
    });
  }

  [Symbol.dispose](): void {
    this.#break("the server stops");
  }

  #send(): void {
    if (this.#sent.length > 0 || this.#waiting.length === 0) return;
    this.#sent = this.#waiting;
    this.#waiting = [];
    this.#worker.postMessage(this.#sent.map(({ job }) => job));
  }

  #onPowers(answers: readonly PowersOrFault[]): void {
    const sent = this.#sent;
    this.#sent = [];
    this.#send();
    for (const [index, { resolve, reject }] of sent.entries()) {
      const answer = answers[index];
      if (typeof answer === "object") resolve(answer);
      else reject(new Error(`key agreement: ${answer}`));
    }
  }

  #break(reason: string): void {
    if (this.#fault !== undefined) return;
    this.#fault = new Error(`the thread of key agreements has ended: ${reason}`);
    const lost = [...this.#sent, ...this.#waiting];
    [this.#sent, this.#waiting] = [[], []];
    this.#worker.terminate();
    for (const { reject } of lost) reject(this.#fault);
  }
}
