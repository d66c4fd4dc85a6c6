import type { UdpAddress, UdpSender } from "../udp_sender.ts";
import { DatagramBatch } from "./datagram_batch.ts";
import { Errno, type LibC } from "./libc.ts";
import { socketAddress } from "./socket_address.ts";

/** How a {@link NativeSender} does it. */
export interface NativeSenderOptions {
  readonly libc: Pick<LibC, "addressOf" | "send">;
  /** Of the runtime's own socket. */
  readonly descriptor: number;
  readonly isIpv6: boolean;
  /** Takes what the system does not take now, or not like this. */
  readonly plain: UdpSender;
  /** Runs at the end of this turn of the event loop; by default a microtask. */
  readonly defer?: (run: () => void) => void;
}

/**
 * Sends what one turn of the event loop writes in one call. What the system cannot take yet goes the
 * runtime's way, which waits until there is some; what follows goes after it.
 */
export class NativeSender implements UdpSender {
  readonly #options: NativeSenderOptions;
  readonly #defer: (run: () => void) => void;
  readonly #batch: DatagramBatch;
  readonly #names = new WeakMap<UdpAddress, Uint8Array | null>();
  /** Who a name was made of, for those that go the runtime's way after all. */
  readonly #addresses = new WeakMap<Uint8Array, UdpAddress>();
  #isDeferred = false;
  #isClosed = false;
  /** Whose path is too narrow for the datagrams that were cut for it: those go one by one. */
  readonly #narrow = new WeakSet<Uint8Array>();
  /** The system cuts messages into datagrams. */
  #isSegmented = true;

  constructor(options: NativeSenderOptions) {
    this.#options = options;
    this.#defer = options.defer ?? queueMicrotask;
    this.#batch = new DatagramBatch(
      (memory) => options.libc.addressOf(memory),
      (name) => this.#isSegmented && !this.#narrow.has(name),
    );
  }

  get pending(): number {
    return this.#options.plain.pending;
  }

  send(datagram: Uint8Array, to: UdpAddress): void {
    if (this.#isClosed) return;
    const { plain } = this.#options;
    const name = this.#nameOf(to);
    // Behind what waits: datagrams of one address keep their order.
    if (name === null || plain.pending > 0) {
      this.#flush();
      return plain.send(datagram, to);
    }
    if (!this.#batch.add(datagram, name)) {
      this.#flush();
      if (plain.pending > 0 || !this.#batch.add(datagram, name)) return plain.send(datagram, to);
    }
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#defer(this.#flushTurn);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#flush();
    this.#isClosed = true;
    this.#options.plain.close();
  }

  readonly #flushTurn = (): void => {
    this.#isDeferred = false;
    if (!this.#isClosed) this.#flush();
  };

  #flush(): void {
    const batch = this.#batch;
    if (batch.isEmpty) return;
    const { libc, descriptor } = this.#options;
    batch.seal();
    let at = 0;
    let refusals = 0;
    while (at < batch.count) {
      const sent = libc.send(descriptor, batch.headersFrom(at), batch.count - at);
      if (sent > 0) {
        at += sent;
        refusals = 0;
        continue;
      }
      switch (-sent) {
        case Errno.interrupted:
        case Errno.connectionRefused:
          // Told of an earlier datagram: this one has not been tried.
          if (++refusals < 3) continue;
          break;
        case Errno.again:
        case Errno.noBuffers:
          while (at < batch.count) this.#sendPlain(at++);
          continue;
        case Errno.inputOutput:
        case Errno.notSupported:
          // A device that cannot compute checksums: none of its messages is cut (udp(7)).
          this.#isSegmented = false;
          break;
        default:
          this.#narrow.add(batch.nameOf(at)!);
      }
      refusals = 0;
      this.#sendPlain(at++);
    }
    batch.clear();
  }

  #sendPlain(index: number): void {
    const name = this.#batch.nameOf(index);
    const to = name && this.#addresses.get(name);
    if (to === undefined) return;
    for (const datagram of this.#batch.datagramsOf(index)) this.#options.plain.send(datagram, to);
  }

  #nameOf(to: UdpAddress): Uint8Array | null {
    let name = this.#names.get(to);
    if (name === undefined) {
      name = socketAddress(to, this.#options.isIpv6) ?? null;
      this.#names.set(to, name);
      if (name !== null) this.#addresses.set(name, to);
    }
    return name;
  }
}
