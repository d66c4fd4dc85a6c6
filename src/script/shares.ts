import ipaddr from "ipaddr.js";
import type { Clock, Timer } from "../base/mod.ts";
import { type Client, hostOf } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import { type Payer, PER_MILLISECOND, type Waiting } from "./lua/budget.ts";

/** Milliseconds over which a client's script time is measured. */
const WINDOW = 1000;
/** Maximum time (ms) that a client waits at once. */
const MAX_WAIT = 5000;
/** What all clients of one address may take, as a multiple of one client's share. */
const ADDRESS_SHARES = 2;
/** Addresses after which those are forgotten that have used nothing lately. */
const MAX_ADDRESSES = 1000;
/** Milliseconds of an event after which others have their turn before the next one. */
const LONG_EVENT = 4;

/** Settings, log and callback of {@link Shares}. */
export interface SharesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** How much of the thread one client's scripts may take, in percent; 100 for all of it. */
  readonly percent: number;
  /** An event took long. */
  readonly onLongEvent?: (() => void) | undefined;
}

/**
 * Script time by client: each event is charged to the client that caused it, and to its address, so
 * that reconnecting does not help. Calls of a client that has used up its share wait until the
 * window has passed; its media does not.
 */
export class Shares {
  readonly #options: SharesOptions;
  readonly #addresses = new Map<string, Usage>();

  constructor(options: SharesOptions) {
    this.#options = options;
  }

  /** The account of a new client, which waits at once when its address has used too much. */
  open(client: Client): Account {
    const { percent } = this.#options;
    const address = this.#address(client.address);
    const account = new Account(client, new Usage(percent), address, this.#options);
    account.settle();
    return account;
  }

  /** What is charged to an address whose client is not known yet. */
  payerOf(address: string): Payer {
    const usage = this.#address(address);
    return {
      peer: address,
      charge: (instructions) => {
        if (isLong(instructions)) this.#options.onLongEvent?.();
        usage.add(this.#options.clock.now(), instructions);
      },
    };
  }

  #address(address: string): Usage {
    const network = networkOf(hostOf(address));
    let usage = this.#addresses.get(network);
    if (usage === undefined) {
      if (this.#addresses.size >= MAX_ADDRESSES) this.#forget();
      usage = new Usage(Math.min(100, this.#options.percent * ADDRESS_SHARES));
      this.#addresses.set(network, usage);
    }
    return usage;
  }

  #forget(): void {
    const now = this.#options.clock.now();
    for (const [address, usage] of this.#addresses) {
      if (usage.isIdle(now)) this.#addresses.delete(address);
    }
  }
}

/** One client's script time. */
export class Account implements Payer {
  readonly #client: Client;
  readonly #own: Usage;
  readonly #address: Usage;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onLongEvent: (() => void) | undefined;
  /** Runs while the client is held. */
  #timer: Timer | undefined;
  #heldAt = 0;
  /** Made with the first function that waits. */
  #waiting: Set<Waiting> | undefined;
  isGone = false;

  constructor(client: Client, own: Usage, address: Usage, options: SharesOptions) {
    const { clock, log, onLongEvent } = options;
    this.#client = client;
    this.#own = own;
    this.#address = address;
    this.#clock = clock;
    this.#log = log;
    this.#onLongEvent = onLongEvent;
  }

  get peer(): string {
    return this.#client.address;
  }

  get delay(): number {
    return this.#wait();
  }

  /** Functions of the client's events that wait. */
  get waiting(): Set<Waiting> {
    return this.#waiting ??= new Set();
  }

  get lasting(): Payer {
    return {
      peer: this.peer,
      charge: (instructions) => {
        if (isLong(instructions)) this.#onLongEvent?.();
        this.#address.add(this.#clock.now(), instructions);
      },
    };
  }

  charge(instructions: number): void {
    if (isLong(instructions)) this.#onLongEvent?.();
    const now = this.#clock.now();
    this.#own.add(now, instructions);
    this.#address.add(now, instructions);
    this.settle();
  }

  /** Holds the client's calls when it, or its address, is over its share. */
  settle(): void {
    const { input } = this.#client;
    if (this.#timer !== undefined || input === undefined) return;
    const wait = this.#wait();
    if (wait === 0) return;
    if (!this.#own.isKnown && !this.#address.isKnown) {
      this.#log.warn(
        `client ${this.#client.address} used up its share of script time, ` +
          "its calls wait: [lua] clientShare",
      );
    }
    this.#own.isKnown = this.#address.isKnown = true;
    this.#heldAt = this.#clock.now();
    input.hold();
    this.#release(wait);
  }

  /** The client is gone. */
  close(): void {
    this.isGone = true;
    for (const each of [...this.#waiting ?? []]) each.close("the client is gone");
    this.#goOn();
  }

  /** The client's calls go on. */
  #goOn(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    this.#timer = undefined;
    this.#client.input?.release();
  }

  #release(wait: number): void {
    this.#timer = this.#clock.after(wait, () => {
      const more = this.#wait();
      const most = this.#heldAt + MAX_WAIT - this.#clock.now();
      if (more > 0 && most > 0) return this.#release(Math.min(more, most));
      this.#goOn();
    });
  }

  #wait(): number {
    const now = this.#clock.now();
    return Math.ceil(Math.min(MAX_WAIT, Math.max(this.#own.wait(now), this.#address.wait(now))));
  }
}

/** Instructions of the last {@link WINDOW}: what is older runs out at the rate that is allowed. */
class Usage {
  /** Instructions for each millisecond. */
  readonly #rate: number;
  #used = 0;
  #at = 0;
  /** True when the log has been told, until all of it is over. */
  isKnown = false;

  constructor(percent: number) {
    this.#rate = percent >= 100 ? Infinity : percent / 100 * PER_MILLISECOND;
  }

  add(now: number, instructions: number): void {
    if (this.#rate === Infinity) return;
    this.#pass(now);
    this.#used = Math.min(this.#used + instructions, this.#rate * (WINDOW + MAX_WAIT));
  }

  /** Milliseconds until less is used than one window allows. */
  wait(now: number): number {
    if (this.#rate === Infinity) return 0;
    this.#pass(now);
    return Math.max(0, this.#used / this.#rate - WINDOW);
  }

  isIdle(now: number): boolean {
    if (this.#rate === Infinity) return true;
    this.#pass(now);
    return this.#used === 0;
  }

  #pass(now: number): void {
    this.#used = Math.max(0, this.#used - (now - this.#at) * this.#rate);
    this.#at = now;
    if (this.#used === 0) this.isKnown = false;
  }
}

function isLong(instructions: number): boolean {
  return instructions >= LONG_EVENT * PER_MILLISECOND;
}

/** IPv6 addresses of one customer differ in their last 64 bits. */
function networkOf(host: string): string {
  if (!host.includes(":") || !ipaddr.IPv6.isValid(host)) return host;
  const address = ipaddr.process(host);
  if (address instanceof ipaddr.IPv4) return address.toString();
  return address.parts.slice(0, 4).join(":");
}
