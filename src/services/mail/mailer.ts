import type { Clock, Timer } from "../../base/mod.ts";
import { type Mail, type Message, messageOf } from "./message.ts";
import type { MailSettings } from "./settings.ts";

/** Mails that are on their way at once; others wait. */
const MAX_SENDING = 5;

/** More waiting mails are refused. */
const MAX_WAITING = 1_000;

/** Milliseconds that mails have to get out when the server stops. */
const CLOSE_TIME = 5_000;

interface Waiting {
  readonly message: Message;
  readonly settle: PromiseWithResolvers<void>;
}

/** Sends mails by SMTP, some at a time. */
export class Mailer {
  readonly #settings: MailSettings;
  readonly #clock: Clock;
  readonly #waiting: Waiting[] = [];
  #sending = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;

  constructor(settings: MailSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /**
   * Sends a mail; settles when the mail server took or refused it.
   * @throws Error in the mail server's own words, or saying what is wrong with the mail
   */
  async send(mail: Mail): Promise<void> {
    const message = messageOf(mail);
    if (this.#isClosed) throw new Error("the server is stopping");
    if (this.#waiting.length >= MAX_WAITING) throw new Error(`${MAX_WAITING} mails wait already`);
    const settle = Promise.withResolvers<void>();
    this.#waiting.push({ message, settle });
    this.#next();
    await settle.promise;
  }

  /** Waits a while for the mails that are on their way; those that still wait then are lost. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#sending > 0) {
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
        timer = this.#clock.after(CLOSE_TIME, resolve);
      });
      timer?.cancel();
    }
    for (const { settle } of this.#waiting.splice(0)) {
      settle.reject(new Error("the server is stopping"));
    }
  }

  #next(): void {
    while (this.#sending < MAX_SENDING) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#sending++;
      this.#transmit(next.message).then(next.settle.resolve, next.settle.reject).finally(() => {
        this.#sending--;
        this.#next();
      });
    }
    if (this.#sending === 0) this.#onIdle?.();
  }

  async #transmit(message: Message): Promise<void> {
    // Loaded by the first mail: most servers send none.
    const { transmit } = await import("./smtp.ts");
    await transmit(this.#settings, message);
  }
}
