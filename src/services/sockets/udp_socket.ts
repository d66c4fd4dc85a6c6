import ipaddr from "ipaddr.js";
import { lookup } from "node:dns/promises";
import { type Clock, errorText, isAddress } from "../../base/mod.ts";
import { formatAddress, type Turns } from "../../net/mod.ts";
import { BoundSocket, numericalHost } from "./binding.ts";
import type { Endpoint } from "./endpoint.ts";

/** What a script's UDP socket may do, and whom it tells. */
export interface UdpSocketOptions {
  readonly clock: Clock;
  /** Each socket's datagrams have their share of the time. */
  readonly turns: Turns;
  /** Datagrams to broadcast addresses are sent. */
  readonly allowBroadcast: boolean;
  /** Told what went wrong with a datagram that is already on its way. */
  readonly onError: (reason: string) => void;
}

/** Milliseconds to wait after a failed reception. */
const RECEIVE_PAUSE = 50;

/** No host has this name. */
const PEER_LANE = "the peer";

/** Bytes on their way to the system; beyond it datagrams are refused. */
const SENDING_LIMIT = 8_000_000;

/** A UDP socket of a script. Nothing blocks; host names are looked up in the background. */
export class UdpSocket extends BoundSocket<Deno.DatagramConn> {
  /** Receives the datagrams; replaced by the owner of the socket. */
  onPacket: (bytes: Uint8Array, address: string) => void = () => {};
  readonly #options: UdpSocketOptions;
  #peer: Endpoint | undefined;
  #sending = 0;
  /**
   * The last datagram on its way to a name, to the peer, or to addresses: the next goes after it.
   * The system takes those that are given at once in any order, and a name has to be looked up.
   */
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(options: UdpSocketOptions) {
    super(options);
    this.#options = options;
  }

  /** `host:port` of the peer that it is connected to. */
  get peerAddress(): string | undefined {
    return this.#peer && formatAddress(this.#peer.hostname, this.#peer.port);
  }

  /**
   * Receives at an address of this machine; port 0 picks a free one.
   * @returns why it cannot, or undefined
   */
  bind(at: Endpoint): string | undefined {
    const hostname = numericalHost(at.hostname);
    if (hostname === undefined) return `'${at.hostname}' is no address to bind to`;
    const { port } = at;
    const bind = (): [Deno.DatagramConn, Endpoint] => {
      const socket = Deno.listenDatagram({ transport: "udp", hostname, port });
      this.#receive(socket);
      return [socket, socket.addr as Deno.NetAddr];
    };
    return this.binding.open({ hostname, port }, bind, this.#options.onError);
  }

  /**
   * Fixes the peer: datagrams go there by default, and others' are not received.
   * @returns why it cannot, or undefined
   */
  connect(to: Endpoint): string | undefined {
    const fault = this.#refuse(to) ?? this.#bindFor(to);
    if (fault !== undefined) return fault;
    const peer = this.#peer = to;
    resolve(to, this.#isIPv6).then((resolved) => {
      if (this.#peer === peer) this.#peer = resolved;
    }, (error) => this.#options.onError(errorText(error)));
    return undefined;
  }

  /** Frees the peer again. */
  disconnect(): void {
    this.#peer = undefined;
  }

  /**
   * Sends a datagram, to the peer without an address; the caller does not change the bytes.
   * @returns why it cannot, or undefined
   */
  send(bytes: Uint8Array, to = this.#peer): string | undefined {
    if (to === undefined) return "the socket is not connected: an address is needed";
    const fault = this.#refuse(to) ?? this.#bindFor(to);
    if (fault !== undefined) return fault;
    if (this.#sending + bytes.length > SENDING_LIMIT) {
      return `more than ${SENDING_LIMIT} bytes are on their way`;
    }
    this.#sending += bytes.length;
    const lane = to === this.#peer ? PEER_LANE : isNumerical(to.hostname) ? "" : to.hostname;
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    const sent = before.then(() => this.#transmit(bytes, to)).catch((error) => {
      if (this.isActive) this.#options.onError(errorText(error));
    }).finally(() => {
      this.#sending -= bytes.length;
      if (this.#lanes.get(lane) === sent) this.#lanes.delete(lane);
    });
    this.#lanes.set(lane, sent);
    return undefined;
  }

  close(): void {
    this.binding.close();
    this.#peer = undefined;
  }

  async #transmit(bytes: Uint8Array, to: Endpoint): Promise<void> {
    const { hostname, port } = isNumerical(to.hostname) ? to : await resolve(to, this.#isIPv6);
    await (await this.binding.bound)?.send(bytes, { transport: "udp", hostname, port });
  }

  get #isIPv6(): boolean {
    return this.binding.address?.startsWith("[") ?? false;
  }

  #refuse(to: Endpoint): string | undefined {
    if (to.port === 0) return "port 0 cannot be sent to";
    if (this.#options.allowBroadcast || !isBroadcast(to.hostname)) return undefined;
    return `${to.hostname} is a broadcast address: the socket was made without broadcast`;
  }

  #bindFor(to: Endpoint): string | undefined {
    if (this.isActive) return undefined;
    return this.bind({ hostname: to.hostname.includes(":") ? "::" : "0.0.0.0", port: 0 });
  }

  async #receive(socket: Deno.DatagramConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    let packet: [bytes: Uint8Array, address: string] | undefined;
    let onTaken: (() => void) | undefined;
    const share = this.#options.turns.share(() => {
      const given = packet;
      packet = undefined;
      onTaken?.();
      if (given !== undefined && this.binding.socket === socket) this.onPacket(...given);
      return false;
    });
    for (;;) {
      try {
        const [bytes, from] = await socket.receive(buffer);
        const { hostname, port } = from as Deno.NetAddr;
        if (!this.#isFromPeer(hostname, port)) continue;
        packet = [bytes, formatAddress(hostname, port)];
        share.ask();
        // No other is read meanwhile: the system keeps some, and loses the rest.
        if (packet !== undefined) await new Promise<void>((resolve) => onTaken = resolve);
      } catch (error) {
        if (this.binding.socket !== socket) return share.close();
        this.#options.onError(errorText(error));
        await new Promise<void>((resume) => this.#options.clock.after(RECEIVE_PAUSE, resume));
      }
    }
  }

  #isFromPeer(hostname: string, port: number): boolean {
    return this.#peer === undefined ||
      (this.#peer.port === port && this.#peer.hostname === hostname);
  }
}

/** The numerical address in the system's spelling, to compare with where datagrams come from. */
async function resolve({ hostname, port }: Endpoint, isIPv6: boolean): Promise<Endpoint> {
  if (isAddress(hostname)) return { hostname: ipaddr.parse(hostname).toString(), port };
  const { address } = await lookup(hostname, isIPv6 ? 6 : 4);
  return { hostname: address, port };
}

function isNumerical(host: string): boolean {
  return host !== "localhost" && numericalHost(host) !== undefined;
}

/** 255.255.255.255, or all ones behind the network's part of one of this machine's addresses. */
function isBroadcast(host: string): boolean {
  if (!/^\d+(\.\d+){3}$/.test(host)) return false;
  const address = toNumber(host);
  if (address === 0xffff_ffff) return true;
  return Deno.networkInterfaces().some((own) => {
    if (own.family !== "IPv4") return false;
    const mask = toNumber(own.netmask);
    const isNetwork = mask < 0xffff_fffe;
    return isNetwork && (toNumber(own.address) | ~mask) >>> 0 === address;
  });
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
