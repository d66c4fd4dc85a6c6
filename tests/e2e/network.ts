import assert from "node:assert/strict";
import { requireProgram, runProgram } from "./server.ts";

/** People without root may run the other tests; where all must pass, these fail without. */
export const ignore = Deno.uid() !== 0 && !Deno.env.get("CI");

/** Addresses of the two machines. */
export const ADDRESSES = ["10.213.7.1", "10.213.8.1"] as const;

/**
 * Two machines with a router between them: network namespaces and veth pairs, which take root and
 * iproute2. The router stops forwarding when the line is cut: sockets hear nothing, not an error.
 */
export class Network {
  readonly #router = `mona${Deno.pid}r`;
  readonly #machines = [0, 1].map((index) => `mona${Deno.pid}m${index}`);

  static async open(): Promise<Network> {
    await requireProgram("ip", "iproute2");
    const network = new Network();
    try {
      await network.#lay();
    } catch (error) {
      await network.close();
      throw error;
    }
    return network;
  }

  /** What a program is started by on one of the machines. */
  on(machine: 0 | 1): string[] {
    return ["ip", "netns", "exec", this.#machines[machine]!];
  }

  /** From now on packets are lost, and nobody is told. */
  cut(): Promise<void> {
    return this.#forward(0);
  }

  mend(): Promise<void> {
    return this.#forward(1);
  }

  /** From now on the line to machine 1 takes no packet that is longer. */
  async narrow(mtu: number): Promise<void> {
    await ip("-n", this.#router, "link", "set", "m1", "mtu", String(mtu));
    await ip("-n", this.#machines[1]!, "link", "set", "eth0", "mtu", String(mtu));
  }

  async close(): Promise<void> {
    for (const name of [this.#router, ...this.#machines]) {
      await runProgram("ip", ["netns", "del", name]);
    }
  }

  async #lay(): Promise<void> {
    await ip("netns", "add", this.#router);
    for (const [index, machine] of this.#machines.entries()) {
      const [address, gateway] = [ADDRESSES[index]!, ADDRESSES[index]!.replace(/1$/, "254")];
      await ip("netns", "add", machine);
      const ends = ["name", "eth0", "netns", machine, "type", "veth"];
      await ip("link", "add", ...ends, "peer", "name", `m${index}`, "netns", this.#router);
      await ip("-n", machine, "address", "add", `${address}/24`, "dev", "eth0");
      await ip("-n", this.#router, "address", "add", `${gateway}/24`, "dev", `m${index}`);
      await ip("-n", machine, "link", "set", "eth0", "up");
      await ip("-n", machine, "link", "set", "lo", "up");
      await ip("-n", this.#router, "link", "set", `m${index}`, "up");
      await ip("-n", machine, "route", "add", "default", "via", gateway);
    }
    await this.mend();
  }

  #forward(isOn: 0 | 1): Promise<void> {
    const file = "/proc/sys/net/ipv4/ip_forward";
    return ip("netns", "exec", this.#router, "sh", "-c", `echo ${isOn} > ${file}`);
  }
}

async function ip(...args: string[]): Promise<void> {
  const { code, err } = await runProgram("ip", args);
  assert.equal(code, 0, `ip ${args.join(" ")}: ${err.trim()} (network namespaces need root)`);
}
