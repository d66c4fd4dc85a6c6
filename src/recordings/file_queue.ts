import { errorText } from "../base/mod.ts";

/** Bytes that wait for the disk, of all recordings. */
export class QueuedBytes {
  total = 0;
}

/** What is done to one file, one after the other. After a failure nothing is done any more. */
export class FileQueue {
  /** Bytes that wait to be written. */
  bytes = 0;
  readonly #all: QueuedBytes;
  readonly #onFailed: (reason: string) => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #hasFailed = false;

  /** @param onFailed told once */
  constructor(all: QueuedBytes, onFailed: (reason: string) => void) {
    this.#all = all;
    this.#onFailed = onFailed;
  }

  /** True while something is done or waits. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** @param bytes that the step writes */
  add(step: () => Promise<void>, bytes = 0): void {
    if (this.#hasFailed) return;
    this.#waiting++;
    this.bytes += bytes;
    this.#all.total += bytes;
    this.#last = this.#last.then(async () => {
      try {
        if (!this.#hasFailed) await step();
      } catch (error) {
        this.#fail(errorText(error));
      } finally {
        this.#waiting--;
        this.bytes -= bytes;
        this.#all.total -= bytes;
      }
    });
  }

  /** Runs when all that was added is done, failed or not. */
  finish(run: () => Promise<void> | void): Promise<void> {
    return this.#last = this.#last.then(run).catch((error) => this.#fail(errorText(error)));
  }

  #fail(reason: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFailed(reason);
  }
}
