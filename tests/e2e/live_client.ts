import { systemClock } from "../../src/base/mod.ts";
import type { Value } from "../../src/codecs/mod.ts";
import { bindUdp } from "../../src/net/mod.ts";
import { FlashClient } from "../rtmfp/flash_client.ts";

const PATIENCE = 30_000;

/** Where a server listens for RTMFP. */
export interface RtmfpAddress {
  readonly host: string;
  readonly port: number;
}

/** A Flash client on a UDP socket, accepted by the application /live. */
export class LiveClient implements AsyncDisposable {
  readonly flash: FlashClient;
  /** Bytes of the longest datagram that has come. */
  longest = 0;
  readonly #close: () => void;

  private constructor(server: RtmfpAddress) {
    const ends: (() => void)[] = [];
    this.flash = new FlashClient({
      clock: systemClock,
      address: { host: "0.0.0.0", port: 0 },
      server,
      attach: (receive) => {
        const socket = bindUdp({ hostname: "0.0.0.0", port: 0 }, (datagram, from) => {
          this.longest = Math.max(this.longest, datagram.length);
          receive(datagram, from);
        });
        ends.push(() => socket.close());
        return (datagram, to) => socket.send(datagram, to);
      },
    });
    this.#close = () => ends.forEach((end) => end());
  }

  /** @param query of the URL, with its "?" */
  static async connect(server: RtmfpAddress, query = ""): Promise<LiveClient> {
    const client = new LiveClient(server);
    client.flash.connect(`rtmfp://${server.host}:${server.port}/live${query}`);
    await client.status("NetConnection.Connect.Success");
    return client;
  }

  /** Creates a stream and asks it to publish or to play. */
  async stream(command: "publish" | "play", name: string): Promise<number> {
    const { flash } = this;
    const id = Number((await this.call("createStream"))[3]);
    flash.command(id, command, 0, null, name);
    await this.status(command === "play" ? "NetStream.Play.Start" : "NetStream.Publish.Start");
    return id;
  }

  /** Calls a method of the application; the command that answers. */
  async call(name: string, ...args: unknown[]): Promise<Value[]> {
    const { flash } = this;
    const calls = flash.calls.length;
    flash.command(0, name, 3, null, ...args);
    await eventually(() => flash.calls.length > calls);
    return flash.calls.at(-1) ?? [];
  }

  status(code: string): Promise<void> {
    return eventually(() => this.flash.statuses.includes(code), () => `${this.flash.statuses}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.flash.session?.close();
    await eventually(() => this.flash.closed);
    this.flash.endpoint.close();
    this.#close();
  }
}

/** Lets the event loop turn until what datagrams bring about is so. */
export async function eventually(
  isSo: () => boolean,
  what = () => "it never came to be",
): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(what());
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
