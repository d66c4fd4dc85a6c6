import type { FakeClock } from "./fake_clock.ts";

/** Structurally the address that protocols use. */
export interface LinkAddress {
  readonly host: string;
  readonly port: number;
}

/** How a network treats datagrams. Times in milliseconds, probabilities from 0 to 1. */
export interface LinkConditions {
  /** One way. */
  readonly latency?: number;
  /** Up to so much more, at random: datagrams overtake each other. */
  readonly jitter?: number;
  readonly loss?: number;
  readonly duplication?: number;
  /** Bytes per millisecond of each receiver; Infinity when absent. */
  readonly bandwidth?: number;
  /** Bytes that may wait for that bandwidth; what comes on top is lost. */
  readonly buffer?: number;
  /** Longer datagrams are lost. */
  readonly mtu?: number;
}

export interface LinkNode {
  readonly address: LinkAddress;
  send(datagram: Uint8Array, to: LinkAddress): void;
}

type Receiver = (datagram: Uint8Array, from: LinkAddress) => void;

/** Reproducible randomness (xorshift). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** From 0 to 1. */
  roll(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state / 0x100000000;
  }

  below(limit: number): number {
    return Math.floor(this.roll() * limit);
  }

  bytes(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i++) bytes[i] = this.roll() * 256;
    return bytes;
  }
}

/** A datagram network under virtual time. */
export class SimulatedLink {
  conditions: LinkConditions;
  /** Sees each datagram before it leaves; false drops it. */
  filter: ((datagram: Uint8Array, from: LinkAddress, to: LinkAddress) => boolean) | undefined;
  readonly counts = { sent: 0, delivered: 0, lost: 0, bytes: 0 };
  readonly dice: Dice;
  readonly #clock: FakeClock;
  readonly #nodes = new Map<string, Receiver>();
  readonly #busyUntil = new Map<string, number>();

  constructor(clock: FakeClock, conditions: LinkConditions = {}, seed = 1) {
    this.#clock = clock;
    this.conditions = conditions;
    this.dice = new Dice(seed);
  }

  attach(address: LinkAddress, receive: Receiver): LinkNode {
    this.#nodes.set(nameOf(address), receive);
    return { address, send: (datagram, to) => this.#send(datagram, address, to) };
  }

  detach(address: LinkAddress): void {
    this.#nodes.delete(nameOf(address));
  }

  /** A node behind a translator of addresses, which others see at its outer address. */
  attachBehindNat(outer: LinkAddress, receive: Receiver): SimulatedNat {
    return new SimulatedNat(this, outer, receive);
  }

  #send(datagram: Uint8Array, from: LinkAddress, to: LinkAddress): void {
    const { loss = 0, duplication = 0, mtu = Infinity } = this.conditions;
    this.counts.sent++;
    this.counts.bytes += datagram.length;
    const passes = this.filter?.(datagram, from, to) ?? true;
    if (!passes || datagram.length > mtu || this.dice.roll() < loss) {
      this.counts.lost++;
      return;
    }
    this.#deliver(datagram, from, to);
    if (this.dice.roll() < duplication) this.#deliver(datagram, from, to);
  }

  #deliver(datagram: Uint8Array, from: LinkAddress, to: LinkAddress): void {
    const { latency = 0, jitter = 0, bandwidth = Infinity, buffer = Infinity } = this.conditions;
    const now = this.#clock.now();
    const name = nameOf(to);
    const begin = Math.max(now, this.#busyUntil.get(name) ?? 0);
    if ((begin - now) * bandwidth > buffer) {
      this.counts.lost++;
      return;
    }
    const sent = begin + (bandwidth === Infinity ? 0 : datagram.length / bandwidth);
    this.#busyUntil.set(name, sent);
    const arrival = sent + latency + jitter * this.dice.roll();
    const copy = datagram.slice();
    this.#clock.after(arrival - now, () => {
      const receive = this.#nodes.get(name);
      if (!receive) return;
      this.counts.delivered++;
      receive(copy, from);
    });
  }
}

/** Gives its node a new outer address when told to, as home routers do. */
export class SimulatedNat implements LinkNode {
  readonly #link: SimulatedLink;
  readonly #receive: Receiver;
  #node: LinkNode;

  constructor(link: SimulatedLink, outer: LinkAddress, receive: Receiver) {
    this.#link = link;
    this.#receive = receive;
    this.#node = link.attach(outer, receive);
  }

  get address(): LinkAddress {
    return this.#node.address;
  }

  send(datagram: Uint8Array, to: LinkAddress): void {
    this.#node.send(datagram, to);
  }

  rebind(outer: LinkAddress): void {
    this.#link.detach(this.#node.address);
    this.#node = this.#link.attach(outer, this.#receive);
  }
}

function nameOf({ host, port }: LinkAddress): string {
  return `${host}:${port}`;
}
